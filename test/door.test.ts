import test from 'ava';
import { setTenant } from '../src/application/tenant/index.ts';
import { abilities, workingScopes } from '../src/domain/abilities.ts';
import { streams } from '../src/domain/events.ts';
import type { OauthHolder, VerifyOauthToken } from '../src/oauth/bearer.ts';
import { rateLimits } from '../src/access/limits.ts';
import { serveOrgonautStdio } from '../src/mcp/stdio.ts';
import { usageRecorder, usageSince } from '../src/access/usage.ts';
import { createScenario, archiveScenario } from '../src/application/scenario/index.ts';
import { id } from './support/engine.ts';
import { mcpWorld, rawCall, rpcHeaders } from './support/mcp.ts';

const body = (text: string) => JSON.parse(text) as Record<string, unknown>;
const header = (value: unknown): string => String(value ?? '');

/** A world whose OAuth tokens are the keys of a map: what the authorization server would say of them. */
const withApps = async (t: Parameters<typeof mcpWorld>[0]) => {
  const apps = new Map<string, OauthHolder>();
  const oauth: VerifyOauthToken = async (token) => apps.get(token);
  const w = await mcpWorld(t, { http: { oauth, defaultTenant: 'acme' } });
  const app = (name: string, more: Partial<OauthHolder> = {}): string => {
    apps.set(name, {
      tenant: 1,
      tenantSlug: 'acme',
      user_id: id('ann'),
      label: 'ann@acme.example',
      role: 'owner',
      scopes: ['mcp:use'],
      client: { id: 'client-1', name: 'Some App' },
      grant_id: `grant of ${name}`,
      resource: 'http://localhost:1/mcp/orgonaut',
      naming: null,
      ...more,
    });
    return name;
  };
  const call = (
    token: string | undefined,
    more: { host?: string; headers?: Record<string, string>; tool?: string; args?: Record<string, unknown> } = {},
  ) =>
    w.raw({
      headers: { ...rpcHeaders(token), ...more.headers },
      body: rawCall(more.tool ?? 'status.get', more.args),
      host: more.host ?? 'localhost:1',
    });
  return { w, app, call };
};

test('without a good token the challenge names the metadata of this very door and the whole working scope set', async (t) => {
  const { w, call } = await withApps(t);
  for (const [host, origin] of [
    ['localhost:1', 'http://localhost:1'],
    ['acme.localhost:3000', 'http://acme.localhost:3000'],
  ] as const)
    for (const token of [undefined, 'no-such-token', 'ogn_no']) {
      const answer = await call(token, { host });
      t.is(answer.status, 401);
      const challenge = header(answer.headers['www-authenticate']);
      t.true(challenge.includes(`resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp/orgonaut"`), challenge);
      t.true(challenge.includes(`scope="${workingScopes.join(' ')}"`), challenge);
      t.is(challenge.includes('error="invalid_token"'), token !== undefined);
    }
  await w.directory.createTenant('other');
  t.regex(header((await call(undefined, { host: 'other.localhost' })).headers['www-authenticate']), /other\.localhost\/\.well-known/);
  const nobody = await mcpWorld(t, { http: { oauth: async () => undefined } });
  t.is(
    header((await nobody.raw({ headers: rpcHeaders(), body: rawCall('status.get'), host: 'localhost' })).headers['www-authenticate']),
    'Bearer realm="orgonaut"',
    'a plain host without a default tenant has no authorization server',
  );
});

test('an OAuth token opens the door it was issued for, and no other: foreign tenant, foreign host, foreign resource, X-Tenant', async (t) => {
  const { w, app, call } = await withApps(t);
  await w.directory.createTenant('other');
  t.is((await call(app('good'))).status, 200);
  t.is((await call(app('own host', { resource: 'http://acme.localhost:1/mcp/orgonaut' }).replace(' ', '-'))).status, 401, 'unknown');
  t.is((await call(app('own-host', { resource: 'http://acme.localhost:1/mcp/orgonaut' }), { host: 'acme.localhost:1' })).status, 200);
  const refused: [string, Parameters<typeof call>[1]][] = [
    [app('good'), { host: 'acme.localhost:1' }],
    [app('good'), { host: 'other.localhost:1' }],
    [app('good'), { host: 'localhost:2' }],
    [app('foreign', { tenant: 2, tenantSlug: 'other' }), {}],
    [app('b-on-a', { tenant: 2, tenantSlug: 'other', resource: 'http://acme.localhost:1/mcp/orgonaut' }), { host: 'acme.localhost:1' }],
    [app('elsewhere', { resource: 'https://evil.example/mcp' }), {}],
  ];
  for (const [token, more] of refused) {
    const answer = await call(token, more);
    t.is(answer.status, 401, `${token} ${JSON.stringify(more)}`);
    t.is(body(answer.text).code, 'TENANT_MISMATCH');
    t.regex(header(answer.headers['www-authenticate']), /error="invalid_token".*resource_metadata=/);
  }
  for (const slug of ['acme', 'other']) {
    const answer = await call(app('good'), { headers: { 'X-Tenant': slug } });
    t.is(answer.status, 403);
    t.is(body(answer.text).code, 'TENANT_MISMATCH');
  }
  t.is((await call(app('good'), { host: 'evil.example' })).status, 421);
  const shut = await call(app('no-transport', { scopes: ['org-units.read'] }));
  t.is(shut.status, 403);
  t.regex(header(shut.headers['www-authenticate']), /error="insufficient_scope".*scope="mcp:use org-units\.read"/);
});

test('the app stands in the event with its name, and its own tokens are limited as one', async (t) => {
  const { w, app, call } = await withApps(t);
  t.is((await call(app('a'))).status, 200);
  const again = await call(app('b', { grant_id: 'grant of a' }));
  t.regex(header(again.headers.ratelimit), /"requests";r=998/);
  t.regex(header((await call(app('c'))).headers.ratelimit), /"requests";r=999/);
  await w.e.givenBaseline([]);
  const made = await w.raw({ headers: rpcHeaders(app('a')), body: rawCall('scenario.create', { name: 'X' }), host: 'localhost:1' });
  const scenario_id = header(/"scenario_id":"([0-9a-f-]{36})"/.exec(made.text)?.[1]);
  const [event] = await w.e.store.readStream(1, streams.scenario(1, scenario_id));
  t.deepEqual(event?.metadata.with, { kind: 'client', id: 'client-1', name: 'Some App' });
});

test('an ability that the token was narrowed away from is asked for in a 403; one that the role lacks is not', async (t) => {
  const { w, app, call } = await withApps(t);
  const narrow = ['mcp:use', 'org-units.read', 'settings.read'];
  const answer = await call(app('narrow', { scopes: narrow }), { tool: 'cost_summary' });
  t.is(answer.status, 403);
  t.regex(
    header(answer.headers['www-authenticate']),
    /error="insufficient_scope".*resource_metadata="http:\/\/localhost:1\/\.well-known.*scope="mcp:use org-units\.read settings\.read .*costs\.read/,
  );
  t.like(body(answer.text), { id: 1, error: { data: { code: 'FORBIDDEN' } } });
  const list = await w.raw({ headers: rpcHeaders('narrow'), host: 'localhost:1', body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } });
  t.regex(list.text, /"settings\.get"/);
  t.notRegex(list.text, /"cost\.summary"/);

  const lacks = await call(app('member', { role: 'member' }), { tool: 'cost.summary' });
  t.is(lacks.status, 200, 'no other token would help');
  t.regex(lacks.text, /"code":"FORBIDDEN"/);
  const both = await call(app('both', { role: 'member', scopes: narrow }), { tool: 'cost.summary' });
  t.is(both.status, 200);
  t.regex(both.text, /"code":"FORBIDDEN"/);

  const manual = await w.token('owner', { abilities: ['settings.read'] });
  const said = await call(manual, { tool: 'audit.events' });
  t.is(said.status, 403);
  t.regex(header(said.headers['www-authenticate']), /error="insufficient_scope".*scope="settings\.read mcp\.access audit\.read"$/);
});

test('what only the arguments ask for is known before anything is done, and what is known only inside says that the token was narrowed', async (t) => {
  const { app, call } = await withApps(t);
  const all = ['mcp:use', ...abilities.filter((a) => a !== 'costs.read' && a !== 'placements.read' && a !== 'org-units.read')];
  const narrow = app('narrow', { scopes: all });
  const plan = (...actions: unknown[]) => ({ tool: 'scenario.action.plan', args: { scenario_id: id('none'), actions } });
  const asksFor = async (asked: { tool: string; args: Record<string, unknown> }, ...missing: string[]) => {
    const answer = await call(narrow, asked);
    t.is(answer.status, 403, JSON.stringify(asked));
    const scope = /error="insufficient_scope".*scope="([^"]*)"/.exec(header(answer.headers['www-authenticate']))?.[1]?.split(' ') ?? [];
    t.deepEqual(
      scope.filter((s) => !all.includes(s)),
      missing,
    );
    t.like(body(answer.text), { id: 1, error: { data: { code: 'FORBIDDEN', details: { missing } } } });
  };
  await asksFor(plan({ type: 'position.set_pay', position_id: id('x'), pay_amount: '1' }), 'costs.read');
  await asksFor(
    plan({ type: 'org_unit.rename', org_unit_id: id('x') }, { type: 'compensation.set' }, null, 7),
    'org-units.read',
    'costs.read',
  );
  await asksFor({ tool: 'actor.list', args: { unplaced: true } }, 'placements.read');
  await asksFor({ tool: 'team_list', args: { actor_id: id('x') } }, 'placements.read');
  await asksFor({ tool: 'org.metrics', args: { by_unit: true } }, 'org-units.read');
  await asksFor({ tool: 'org.entity', args: { id: id('x'), kind: 'compensation' } }, 'costs.read');
  const unheld = await call(narrow, plan({ type: 'actor.update', actor_id: id('x') }, 'no action', { type: 'no.such_type' }));
  t.is(unheld.status, 200, 'what is asked for is held: the arguments are looked at inside');

  const lacks = await call(app('member', { role: 'member', scopes: ['mcp:use', 'actors.read'] }), {
    tool: 'actor.list',
    args: { scenario_id: id('none') },
  });
  t.is(lacks.status, 403);
  const never = await call(app('member', { role: 'member' }), { tool: 'org.entity', args: { id: id('x'), kind: 'compensation' } });
  t.is(never.status, 200, 'no other token would help');
  t.regex(never.text, /"code":"FORBIDDEN"/);
  t.notRegex(never.text, /narrowed/);
});

test('a change of the subscription holds at once, also in another instance, and loses nothing', async (t) => {
  const { w, app, call } = await withApps(t);
  const owner = w.e.caller('owner');
  await w.e.givenBaseline([]);
  const token = await w.token();
  const scenarios = [await createScenario(w.e.deps, owner, { name: 'A' }), await createScenario(w.e.deps, owner, { name: 'B' })];
  const set = (subscription: 'free' | 'team' | 'business') => setTenant(w.e.deps, owner, { settings: { subscription } });
  const other = await mcpWorld(t, {
    http: { deps: w.e.deps, directory: w.directory, oauth: async () => undefined, defaultTenant: 'acme' },
  });
  const elsewhere = (as = token) => other.raw({ headers: rpcHeaders(as), body: rawCall('status.get'), host: 'localhost:1' });
  t.is((await elsewhere()).status, 200);
  await set('free');
  for (const answer of [await call(token), await call(app('app')), await elsewhere(), await call(undefined, { host: 'acme.localhost' })]) {
    t.is(answer.status, 404);
    t.is(body(answer.text).code, 'SUBSCRIPTION_REQUIRED');
    t.regex(String(body(answer.text).message), /the subscription of this tenant has no MCP; .* kept/);
  }
  t.is((await w.raw({ method: 'GET', path: '/api/v1/usage', headers: { Authorization: `Bearer ${token}` } })).status, 200, 'REST stays');
  t.notRegex(header((await call(undefined)).headers['www-authenticate']), /resource_metadata/);
  await t.throwsAsync(createScenario(w.e.deps, owner, { name: 'C' }), { message: /^SUBSCRIPTION_LIMIT.*free allows 1/ });
  const made = await w.token('viewer', { abilities: ['org-units.read'], transport: false });
  t.is((await w.directory.verifyToken(made)).status, 'valid', 'tokens for REST can still be made');
  await set('team');
  t.is((await call(token)).status, 404);
  t.truthy(await createScenario(w.e.deps, owner, { name: 'C' }));
  await t.throwsAsync(createScenario(w.e.deps, owner, { name: 'D' }), { message: /team allows 3/ });
  await archiveScenario(w.e.deps, owner, { scenario_id: String(scenarios[0]?.scenario_id) });
  t.truthy(await createScenario(w.e.deps, owner, { name: 'D' }));
  await set('business');
  for (const answer of [await call(token), await call('app'), await elsewhere()]) t.is(answer.status, 200);
  const list = await call(token, { tool: 'scenario.list' });
  t.regex(list.text, /"total":4/);
  const settings = (await w.e.store.readStream(1, streams.settings(1))).filter((e) => e.type === 'SettingsChanged');
  t.deepEqual(
    settings.map((e) => e.data),
    [{ settings: { subscription: 'free' } }, { settings: { subscription: 'team' } }, { settings: { subscription: 'business' } }],
  );
});

test('a token is replaced in one step: the new one is like it, the old one opens nothing, both stand in the access stream', async (t) => {
  const w = await mcpWorld(t);
  const old = await w.directory.createToken({
    tenant: 1,
    name: 'desk',
    user: 'ann@acme.example',
    role: 'manager',
    abilities: ['org-units.read', 'audit.read'],
    client: 'claude-desktop',
    expires: new Date(Date.now() + 5 * 86_400_000),
  });
  const [left, right] = await Promise.allSettled([
    w.directory.replaceToken({ tenant: 1, token_id: old.token_id }),
    w.directory.replaceToken({ tenant: 1, token_id: old.token_id }),
  ]);
  t.is([left, right].filter((r) => r.status === 'fulfilled').length, 1, 'of two at one moment one replaces it');
  const made = (left?.status === 'fulfilled' ? left.value : right?.status === 'fulfilled' ? right.value : undefined) as typeof old;
  t.is((await w.directory.verifyToken(old.token)).status, 'revoked');
  const now = await w.directory.verifyToken(made.token);
  t.like(now, { status: 'valid', client: 'claude-desktop', scopes: ['org-units.read', 'audit.read', 'mcp.access'] });
  t.true(Math.abs(Date.parse(String(made.expires_at)) - Date.now() - 5 * 86_400_000) < 60_000);
  const events = (await w.e.store.readStream(1, streams.access(1))).map((e) => [e.type, (e.data as { token_id?: string }).token_id]);
  t.deepEqual(events.slice(-2), [
    ['TokenRevoked', old.token_id],
    ['TokenCreated', made.token_id],
  ]);
  await t.throwsAsync(w.directory.replaceToken({ tenant: 2, token_id: made.token_id }), { message: /^NOT_FOUND/ });
});

test('a token cannot make tokens: no tool and no bearer call on any address of the service makes, replaces or lists one', async (t) => {
  const w = await mcpWorld(t);
  const token = await w.token('owner');
  t.deepEqual(
    w.box.tools.filter((tool) => /token|member|user|invit|password/.test(tool.name)),
    [],
  );
  const before = (await w.directory.listTokens(1)).length;
  for (const path of ['/api/v1/tokens', '/tokens', '/settings/tokens'])
    for (const method of ['GET', 'POST']) {
      const answer = await w.raw({
        method,
        path,
        headers: rpcHeaders(token),
        ...(method === 'POST' ? { body: { name: 'x', role: 'owner' } } : {}),
      });
      t.true(answer.status >= 400, `${method} ${path}`);
    }
  t.is((await w.directory.listTokens(1)).length, before);
});

test('who uses which tool is counted by person, credential, client and tool; concurrent writers add up, and nothing waits unwritten at the end', async (t) => {
  const counted: ReturnType<typeof usageRecorder>[] = [];
  const w = await mcpWorld(t, { http: { used: (use) => counted[0]?.count(use) } });
  const parts = { now: () => new Date('2026-11-21T10:20:30Z'), onError: (error: unknown) => t.fail(String(error)) };
  counted.push(usageRecorder(w.e.sql, parts), usageRecorder(w.e.sql, parts));
  const token = await w.token('owner', { name: 'desk', user: 'ann@acme.example' });
  const client = await w.client(token, '2026', { name: 'inspector', version: '1' });
  await client.call('status.get');
  await client.call('status_get');
  await client.call('org.entity', { id: id('none') });
  await client.call('no.such.tool');
  await w.raw({ headers: rpcHeaders(token), body: rawCall('status.get') });
  await Promise.all(counted.map((c) => c.stop()));
  const since = new Date('2026-11-21T10:00:00Z');
  const { usage, more } = await usageSince(w.e.sql, 1, since);
  t.is(more, 0);
  const row = { user: 'ann@acme.example', credential: 'desk', last_hour: '2026-11-21T10:00:00Z' };
  t.deepEqual(
    usage.map(({ user_id: _, ...rest }) => rest),
    [
      { ...row, client: 'inspector', tool: 'status.get', calls: 2, errors: 0 },
      { ...row, client: '', tool: 'status.get', calls: 1, errors: 0 },
      { ...row, client: 'inspector', tool: 'org.entity', calls: 1, errors: 1 },
    ].sort((a, b) => b.calls - a.calls || a.client.localeCompare(b.client)),
  );
  const use = { tenant: 1, user_id: id('bob'), credential: 'x', client: null, says: undefined, tool: 'org.tree', failed: false };
  for (let n = 0; n < 50; n++) {
    for (const c of counted) {
      c.count({ ...use, says: `name\0 ${n}\ud800` });
      c.count({ ...use, tool: 'org.search' });
    }
    await Promise.all(counted.map((c) => c.flush()));
  }
  const bobs = (await usageSince(w.e.sql, 1, since)).usage.filter((u) => u.user_id === id('bob'));
  t.is(
    bobs.filter((u) => u.tool === 'org.search').reduce((sum, u) => sum + u.calls, 0),
    100,
  );
  t.is(
    bobs.filter((u) => u.tool === 'org.tree').reduce((sum, u) => sum + u.calls, 0),
    100,
  );
  t.true(new Set(bobs.map((u) => u.client)).size <= 22, 'a client that changes its name is held together');
  t.deepEqual(await usageSince(w.e.sql, 2, since), { usage: [], more: 0 });
  t.deepEqual(await usageSince(w.e.sql, 1, new Date('2026-11-21T11:00:00Z')), { usage: [], more: 0 });

  const read = (as: string | undefined, query = '?since=2026-11-21', headers = {}) =>
    w.raw({ method: 'GET', path: `/api/v1/usage${query}`, headers: { ...(as ? { Authorization: `Bearer ${as}` } : {}), ...headers } });
  const answer = await read(token);
  t.is(answer.status, 200);
  t.is((body(answer.text).usage as unknown[]).length, usage.length + bobs.length);
  t.is((await read(await w.token('admin', { abilities: ['members.write'], transport: false }))).status, 200, 'a token for REST alone');
  for (const role of ['manager', 'member', 'viewer', 'auditor']) t.is((await read(await w.token(role))).status, 403, role);
  t.is((await read(undefined)).status, 401);
  t.is((await read(token, '?since=yesterday')).status, 400);
  t.is((await read(token, '', { 'X-Tenant': 'other' })).status, 403);
});

test('counts are kept for thirteen months, and deleted by whoever writes counts then', async (t) => {
  const { e } = await mcpWorld(t);
  let now = new Date('2026-01-10T10:20:30Z');
  const recorder = usageRecorder(e.sql, { now: () => now, onError: (error) => t.fail(String(error)), everyMs: 600_000 });
  const use = { tenant: 1, user_id: id('ann'), credential: 'x', client: 'c', says: undefined, failed: false };
  const at = async (time: string, tool: string) => {
    now = new Date(time);
    recorder.count({ ...use, tool });
    await recorder.flush();
  };
  const tools = async () => (await usageSince(e.sql, 1, new Date(0))).usage.map((u) => u.tool).sort();
  await at('2026-01-10T10:20:30Z', 'first');
  await at('2026-01-11T10:20:30Z', 'second');
  await at('2027-02-10T10:00:00Z', 'third');
  t.deepEqual(await tools(), ['first', 'second', 'third'], 'thirteen months and not an hour more');
  await at('2027-02-11T09:00:00Z', 'fourth');
  t.deepEqual(await tools(), ['fourth', 'second', 'third']);
  now = new Date('2029-01-01T00:00:00Z');
  await recorder.stop();
  t.is((await tools()).length, 3, 'a process that counted nothing deletes nothing');
});

test('usage that cannot be written now is written later, and counted once', async (t) => {
  const { e } = await mcpWorld(t);
  let away = true;
  const sql = {
    ...e.sql,
    query: (async (text: string, values?: readonly unknown[]) => {
      if (away) throw new Error('away');
      return e.sql.query(text, values);
    }) as typeof e.sql.query,
  };
  const errors: unknown[] = [];
  const recorder = usageRecorder(sql, { now: () => new Date(), onError: (error) => void errors.push(error), everyMs: 10 });
  recorder.count({ tenant: 1, user_id: id('ann'), credential: 'x', client: 'c', says: undefined, tool: 't', failed: true });
  while (errors.length < 2) await new Promise((r) => setTimeout(r, 5));
  away = false;
  recorder.count({ tenant: 1, user_id: id('ann'), credential: 'x', client: 'c', says: undefined, tool: 't', failed: false });
  await recorder.stop();
  t.like((await usageSince(e.sql, 1, new Date(0))).usage, { 0: { calls: 2, errors: 1 }, length: 1 });
});

test('stdio is refused too: without a transport scope, and without the subscription', async (t) => {
  const w = await mcpWorld(t, { settings: { subscription: 'team' } });
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const parts = { deps: w.e.deps, directory: w.directory, box: w.box, log, limits: rateLimits(w.e.sql) };
  const closed = await w.token('owner', { abilities: ['org-units.read'], transport: false });
  await t.throwsAsync(serveOrgonautStdio({ ...parts, token: closed }), { message: /^SCOPE_MISSING/ });
  await t.throwsAsync(serveOrgonautStdio({ ...parts, token: await w.token() }), { message: /^SUBSCRIPTION_REQUIRED/ });
});

test('what happens to tokens, roles and settings is told in plain sentences, by who did it', async (t) => {
  const w = await mcpWorld(t);
  await w.e.givenBaseline([]);
  const owner = w.e.caller('owner');
  const by = { user: owner.user.id, with: owner.with, via: 'cli' as const, correlation_id: 'c' };
  const { token_id, user_id } = await w.directory.createToken({ tenant: 1, name: 'desk', user: 'ann@acme.example', role: 'manager', by });
  await w.directory.addUser({ tenant: 1, email: 'ann@acme.example', role: 'auditor', by });
  const next = await w.directory.replaceToken({ tenant: 1, token_id, by });
  await setTenant(w.e.deps, owner, { settings: { subscription: 'enterprise' } });
  await w.e.settle();
  const client = await w.client(await w.token('auditor'));
  const told = async (args: Record<string, unknown>) =>
    ((await client.call('audit.events', { order: 'oldest', ...args })).structuredContent.events as { summary: string; user: string }[]).map(
      (e) => e.summary,
    );
  t.deepEqual(await told({ user: owner.user.id, stream: 'access-1' }), [
    `User ${user_id} added as manager.`,
    `Token "desk" created for user ${user_id}.`,
    `Role of user ${user_id} changed to auditor.`,
    `Token ${token_id} of user ${user_id} revoked.`,
    `Token "desk" created for user ${user_id}, in place of token ${token_id}.`,
  ]);
  t.deepEqual(await told({ user: owner.user.id, stream: 'settings-1', type: 'SettingsChanged' }), [
    'Settings changed: subscription to enterprise.',
  ]);
  t.deepEqual(await told({ user: id('somebody else') }), []);
  const bob = await w.directory.addUser({ tenant: 1, email: 'bob@acme.example', role: 'viewer', by: { ...by, user: user_id } });
  await w.directory.createToken({ tenant: 1, name: `{"user_id":"${bob.user_id}"}`, user: 'ann@acme.example', by });
  await w.e.settle();
  t.deepEqual(await told({ about: bob.user_id }), [`User ${bob.user_id} added as viewer.`], 'a name that looks like it is none');
  const anns = await told({ about: user_id });
  t.is(anns.length, 6);
  t.true(anns.every((line) => line.includes(user_id)) && !anns.some((line) => line.startsWith(`User ${bob.user_id}`)));
  t.deepEqual(await told({ about: user_id, type: 'RoleChanged' }), [`Role of user ${user_id} changed to auditor.`]);
  t.deepEqual(await told({ about: user_id, user: bob.user_id }), []);
  t.truthy(next.token_id);
});
