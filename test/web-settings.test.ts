import test from 'ava';
import { streams } from '../src/domain/events.ts';
import { doorWorld, visitor } from './support/door.ts';

const tokenIn = (text: string): string => /ogn_[A-Za-z0-9_-]{43}/.exec(text)?.[0] ?? '';
const body = (text: string) => JSON.parse(text) as Record<string, unknown>;

test('a token is made with the client configuration filled in, shown once, listed without its secret, and works', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com', 'manager');
  const v = await w.inside('ann@example.com', 'acme.localhost');
  t.regex((await v.get('/settings/tokens')).text, /There are no tokens yet/);
  const made = await v.post('/settings/tokens', {
    name: 'My laptop',
    client: 'Cursor',
    ability: ['org-units.read', 'costs.read'],
    days: '30',
  });
  t.is(made.status, 200);
  const token = tokenIn(made.text);
  t.true(made.text.includes(`http://acme.localhost:${w.port}/mcp/orgonaut`));
  t.regex(made.text, /\.cursor\/mcp\.json/);
  t.notRegex(made.text, /claude_desktop_config/);
  const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  t.true(made.text.includes(expires), 'the date it expires');
  t.regex(String(made.headers['content-security-policy']), /script-src 'sha256-[A-Za-z0-9+/=]+'/);
  const list = (await v.get('/settings/tokens')).text;
  t.is(tokenIn(list), '');
  t.regex(list, /My laptop.*Cursor.*last used never.*org-units\.read, costs\.read/s);
  const verdict = await w.directory.verifyToken(token);
  t.true(verdict.status === 'valid' && verdict.caller.user.label === 'ann@example.com' && verdict.client === 'Cursor');
  t.deepEqual(verdict.status === 'valid' && [...verdict.caller.abilities].sort(), ['costs.read', 'org-units.read']);
  t.regex((await v.get('/settings/tokens')).text, /last used <time/);
});

test('a token is replaced in one step and revoked one by one', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const v = await w.inside('ann@example.com');
  const first = tokenIn((await v.post('/settings/tokens', { name: 'laptop', client: 'VS Code', days: '90' })).text);
  await v.get('/settings/tokens');
  const other = tokenIn((await v.post('/settings/tokens', { name: 'phone', client: 'Plain HTTP', days: '7' })).text);
  const idOf = async (name: string) =>
    (await w.directory.listTokens(w.tenant)).find((x) => x.name === name && x.revoked_at === null)?.token_id;
  const replaced = await v.post(`/settings/tokens/${await idOf('laptop')}/replace`, {});
  const second = tokenIn(replaced.text);
  t.not(second, first);
  t.is((await w.directory.verifyToken(first)).status, 'revoked');
  t.is((await w.directory.verifyToken(second)).status, 'valid');
  t.is((await v.post(`/settings/tokens/${await idOf('laptop')}/revoke`, {})).status, 200);
  t.is((await w.directory.verifyToken(second)).status, 'revoked');
  t.is((await w.directory.verifyToken(other)).status, 'valid');
  t.is((await v.post('/settings/tokens/no-such-id/revoke', {})).status, 404);
});

test('a form makes one token however often it is sent, one after the other or at one moment; a new page makes another', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  await w.join('bob@example.com');
  const v = await w.inside('ann@example.com');
  const keyIn = (text: string) => /name="form_key" value="([^"]+)"/.exec(text)?.[1] ?? '';
  const page = await v.get('/settings/tokens');
  const form = { name: 'laptop', client: 'Cursor', days: '30', form_key: keyIn(page.text) };
  const wrong = await v.post('/settings/tokens', { ...form, client: 'Nobody' });
  t.is(wrong.status, 422, 'a form that was refused made nothing');
  const together = await Promise.all([0, 1, 2].map(() => v.post('/settings/tokens', form)));
  t.deepEqual(together.map((a) => a.status).sort(), [200, 409, 409]);
  const again = await v.post('/settings/tokens', form);
  t.is(again.status, 409);
  t.regex(again.text, /“laptop” was made .* shown that once/);
  t.is([...together, again].filter((a) => tokenIn(a.text) !== '').length, 1);
  const tokens = () => w.directory.listTokens(w.tenant);
  t.is((await tokens()).length, 1);
  const token_id = (await tokens())[0]?.token_id as string;
  const replace = { form_key: keyIn((await v.get('/settings/tokens')).text) };
  const replaced = await Promise.all([0, 1].map(() => v.post(`/settings/tokens/${token_id}/replace`, replace)));
  t.deepEqual(replaced.map((a) => a.status).sort(), [200, 409]);
  t.is((await v.post(`/settings/tokens/${token_id}/replace`, replace)).status, 409);
  t.is((await tokens()).length, 2);
  t.is((await v.post('/settings/tokens', { ...form, form_key: '' })).status, 403, 'no key');
  t.is((await tokens()).length, 2);
  const bob = await w.inside('bob@example.com');
  t.is((await bob.post('/settings/tokens', form)).status, 200, 'the key of one is nothing to another');
  await v.get('/settings/tokens');
  const { form_key: _, ...fresh } = form;
  t.is((await v.post('/settings/tokens', fresh)).status, 200, 'a new page');
  t.is((await tokens()).length, 4);
  w.later(9 * 86_400_000);
  await w.directory.createToken({ tenant: w.tenant, name: 'any', user: 'ann@example.com' });
  const later = { user_id: (await tokens())[0]?.user_id as string, does: 'create', key: 'k'.repeat(43) };
  await w.directory.createToken({ tenant: w.tenant, name: 'late', user: 'ann@example.com', once: later });
  t.is((await w.e.sql.query('select 1 from access.form_key')).length, 1, 'old keys are not kept');
});

test('a member sees and ends their own tokens alone; who administers sees all, and replaces nobody else’s', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com', 'admin');
  await w.join('bob@example.com', 'member');
  await w.directory.createToken({ tenant: w.tenant, name: 'annes', user: 'ann@example.com' });
  const bobs = await w.directory.createToken({ tenant: w.tenant, name: 'bobs', user: 'bob@example.com' });
  const job = await w.directory.createToken({ tenant: w.tenant, name: 'nightly', role: 'viewer' });
  const [ann, bob] = [await w.inside('ann@example.com'), await w.inside('bob@example.com')];
  t.regex((await ann.get('/settings/tokens')).text, /annes.*bobs|bobs.*annes/s);
  const seen = (await bob.get('/settings/tokens')).text;
  t.regex(seen, /bobs/);
  t.notRegex(seen, /annes|nightly/);
  const annes = (await w.directory.listTokens(w.tenant)).find((x) => x.name === 'annes')?.token_id;
  for (const act of ['revoke', 'replace']) t.is((await bob.post(`/settings/tokens/${annes}/${act}`, {})).status, 404, act);
  t.is((await ann.post(`/settings/tokens/${bobs.token_id}/replace`, {})).status, 404, 'it would let her act as him');
  t.is((await ann.post(`/settings/tokens/${job.token_id}/replace`, {})).status, 200, 'a service is nobody');
  t.is((await ann.post(`/settings/tokens/${bobs.token_id}/revoke`, {})).status, 200);
  t.is((await w.directory.verifyToken(bobs.token)).status, 'revoked');
});

test('what does not fit is refused and keeps what was typed: a client nobody knows, days without end, an ability the role lacks', async (t) => {
  const w = await doorWorld(t);
  await w.join('bob@example.com', 'member');
  const v = await w.inside('bob@example.com');
  const good = { name: 'kept name', client: 'Cursor', days: '30' };
  for (const wrong of [
    { client: 'Nobody' },
    { days: '100000' },
    { days: 'x' },
    { ability: 'costs.read' },
    { ability: 'root' },
    { name: ' ' },
  ]) {
    const seen = await v.post('/settings/tokens', { ...good, ...wrong });
    t.is(seen.status, 422, JSON.stringify(wrong));
    t.regex(seen.text, /role="alert"/);
    if (!('name' in wrong)) t.regex(seen.text, /value="kept name"/);
  }
  t.is((await w.directory.listTokens(w.tenant)).length, 0);
});

test('a token opens none of the pages, and makes no tokens', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const { token } = await w.directory.createToken({ tenant: w.tenant, name: 'a', user: 'ann@example.com' });
  const v = await w.inside('ann@example.com');
  v.cookies.clear();
  const bearer = { Authorization: `Bearer ${token}` };
  t.is((await v.get('/settings/tokens', bearer)).status, 303);
  for (const [method, path] of [
    ['GET', '/api/v1/tokens'],
    ['POST', '/api/v1/tokens'],
    ['DELETE', '/api/v1/tokens/x'],
    ['POST', '/api/v1/tokens/x/replace'],
    ['GET', '/api/v1/session'],
    ['DELETE', '/api/v1/connected-apps/x'],
  ] as const) {
    const seen = await v.send(method, path, method === 'POST' ? { name: 'b', client: 'Cursor' } : undefined, bearer);
    t.is(seen.status, 403, path);
    t.is(body(seen.text).code, 'FORBIDDEN');
  }
  t.is((await w.directory.listTokens(w.tenant)).length, 1);
});

test('the interface for tokens wants the session and its token, and answers as JSON', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const v = await w.inside('ann@example.com');
  const { csrf, email } = body((await v.get('/api/v1/session')).text) as { csrf: string; email: string };
  t.is(email, 'ann@example.com');
  const wanted = { name: 'from a page', client: 'Plain HTTP', abilities: ['teams.read'], days: 7 };
  t.is((await v.send('POST', '/api/v1/tokens', wanted)).status, 403);
  t.is((await v.send('POST', '/api/v1/tokens', wanted, { 'X-CSRF-Token': csrf, Origin: `http://other.localhost:${w.port}` })).status, 403);
  const made = await v.send('POST', '/api/v1/tokens', wanted, { 'X-CSRF-Token': csrf });
  t.is(made.status, 201);
  const { token, token_id } = body(made.text) as { token: string; token_id: string };
  t.is((await w.directory.verifyToken(token)).status, 'valid');
  const listed = (await v.get('/api/v1/tokens')).text;
  t.like((body(listed).tokens as object[])[0], { token_id, state: 'valid', mine: true });
  t.false(listed.includes(token));
  t.is((await v.send('POST', '/api/v1/tokens', { nonsense: 1 }, { 'X-CSRF-Token': csrf })).status, 422);
  t.deepEqual(body((await v.send('DELETE', `/api/v1/tokens/${token_id}`, undefined, { 'X-CSRF-Token': csrf })).text), { revoked: true });
  v.cookies.clear();
  t.is((await v.get('/api/v1/tokens')).status, 401);
});

test('connected apps are listed, narrowed, named and revoked by who let them in, or by who administers', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com', 'owner');
  await w.join('bob@example.com', 'viewer');
  const bob = await w.inside('bob@example.com');
  t.regex((await bob.get('/settings/apps')).text, /No app is connected yet/);
  const bobs = await w.connect('bob@example.com', 'Claude');
  const annes = await w.connect('ann@example.com', 'Cursor', ['mcp:use', 'org-units.read', 'costs.read']);
  const seen = (await bob.get('/settings/apps')).text;
  t.regex(seen, /Claude.*returns to claude\.ai.*last used never.*all that viewer may/s);
  t.notRegex(seen, /Cursor/);
  for (const act of ['revoke', 'narrow', 'naming'])
    t.is((await bob.post(`/settings/apps/${annes}/${act}`, { ability: 'org-units.read', naming: 'dotted' })).status, 404, act);
  const narrowed = await bob.post(`/settings/apps/${bobs}/narrow`, { ability: ['org-units.read', 'teams.read'] });
  t.is(narrowed.status, 200);
  t.regex(narrowed.text, /May do org-units\.read, teams\.read/);
  t.is((await bob.post(`/settings/apps/${bobs}/narrow`, { ability: ['costs.read'] })).status, 422, 'what it has not cannot be given');
  t.is((await bob.post(`/settings/apps/${bobs}/narrow`, {})).status, 422);
  t.is((await bob.post(`/settings/apps/${bobs}/naming`, { naming: 'underscore' })).status, 200);
  t.is((await bob.post(`/settings/apps/${bobs}/naming`, { naming: 'camel' })).status, 422);
  t.is(
    (await w.apps.list(w.tenant, { user_id: (await w.apps.list(w.tenant)).find((a) => a.grant_id === bobs)?.user_id ?? '' }))[0]?.naming,
    'underscore',
  );

  const ann = await w.inside('ann@example.com');
  t.regex((await ann.get('/settings/apps')).text, /Claude.*Cursor|Cursor.*Claude/s);
  t.is((await ann.post(`/settings/apps/${bobs}/revoke`, {})).status, 200);
  t.is((await ann.post(`/settings/apps/${bobs}/revoke`, {})).status, 404);
  t.deepEqual(
    (await w.apps.list(w.tenant)).map((a) => a.client_name),
    ['Cursor'],
  );
  const events = (await w.e.store.readStream(w.tenant, streams.access(w.tenant))).filter((x) =>
    ['AppNarrowed', 'AppRevoked'].includes(x.type),
  );
  t.is(events.length, 2);
  t.not(events[0]?.metadata.user, events[1]?.metadata.user, 'each says who did it');
});

test('the interface for connected apps lists, narrows, names and revokes', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com', 'owner');
  await w.join('bob@example.com', 'viewer');
  const id = await w.connect('bob@example.com', 'Claude');
  const annes = await w.connect('ann@example.com', 'Cursor');
  const v = await w.inside('bob@example.com');
  const { csrf } = body((await v.get('/api/v1/session')).text) as { csrf: string };
  const list = async () => body((await v.get('/api/v1/connected-apps')).text).connected_apps as Record<string, unknown>[];
  t.deepEqual(
    (await list()).map((a) => a.client_name),
    ['Claude'],
  );
  const at = `/api/v1/connected-apps/${id}`;
  t.is((await v.send('PATCH', at, { abilities: ['teams.read'] })).status, 403);
  const changed = await v.send('PATCH', at, { abilities: ['teams.read'], naming: 'dotted' }, { 'X-CSRF-Token': csrf });
  t.like(body(changed.text), { abilities: ['teams.read'], naming: 'dotted' });
  t.is((await v.send('PATCH', at, { naming: 'camel' }, { 'X-CSRF-Token': csrf })).status, 422);
  t.is((await v.send('PATCH', `/api/v1/connected-apps/${annes}`, { naming: null }, { 'X-CSRF-Token': csrf })).status, 404);
  t.deepEqual(body((await v.send('DELETE', at, undefined, { 'X-CSRF-Token': csrf })).text), { revoked: true });
  t.deepEqual(await list(), []);
});

test('on a small subscription there are tokens and no connected apps, and the page says why', async (t) => {
  const w = await doorWorld(t, { settings: { subscription: 'team' } });
  await w.join('ann@example.com');
  const v = await w.inside('ann@example.com');
  const page = await v.get('/settings/apps');
  t.is(page.status, 404);
  t.regex(page.text, /business subscription/);
  const api = await v.get('/api/v1/connected-apps');
  t.is(api.status, 404);
  t.is(body(api.text).code, 'SUBSCRIPTION_REQUIRED');
  const made = await v.post('/settings/tokens', { name: 'rest', client: 'Plain HTTP', days: '30' });
  t.is(made.status, 200);
  t.truthy(tokenIn(made.text));
  t.notRegex(made.text, /mcpServers/);
});

test('pages show the name of the tenant beside its slug to who is signed in or invited, as text; a stranger sees the slug alone', async (t) => {
  const w = await doorWorld(t, { settings: { name: '<i>Acme & Sons</i>' } });
  await w.join('ann@example.com');
  const invitation = await w.door.invitations.make({ tenant: w.tenant, email: 'bob@example.com', role: 'viewer' });
  const shown = '&#60;i&#62;Acme &#38; Sons&#60;/i&#62; (acme)';
  await w.e.settle();
  const ann = await w.inside('ann@example.com');
  for (const path of ['/', '/settings/tokens', '/settings/apps', `/proposals/${w.e.deps.newId()}/confirm`])
    t.true((await ann.get(path)).text.includes(`Orgonaut · ${shown}`), path);
  const made = await ann.post('/settings/tokens', { name: 'x', client: 'Plain HTTP', days: '7' });
  t.true(made.text.includes(shown));
  t.notRegex(made.text, /X-Tenant[^,}]*Sons/, 'what is sent is the slug');
  t.true((await visitor(w.port).get(`/invitation/${invitation.secret}`)).text.includes(`Welcome to ${shown}`));
  for (const path of ['/', '/sign-in', '/invitation/none']) t.notRegex((await visitor(w.port).get(path)).text, /Sons/, path);
});
