import test from 'ava';
import pg from 'pg';
import { accessDirectory } from '../src/access/directory.ts';
import type { HttpParts } from '../src/http/app.ts';
import { hostMeaning, hostNameOf, originOf } from '../src/http/hosts.ts';
import { assistantIn, sessionIdFor } from '../src/http/session.ts';
import { bearerOf } from '../src/oauth/bearer.ts';
import { newId } from './support/engine.ts';
import { mcpWorld, rawCall, rpcHeaders } from './support/mcp.ts';

const body = (text: string) => JSON.parse(text) as Record<string, unknown>;

/** No answer that turns a request away shows how the service is made, nor the credential. */
const tellsNothing = (text: string, token?: string): boolean =>
  !/\bat .*\.(ts|js):\d+|node_modules|select |\/src\//.test(text) && (token === undefined || !text.includes(token.slice(4)));

test('a host is read without its port and in lower case, and anything else is no host', (t) => {
  t.is(hostNameOf('LocalHost:3000'), 'localhost');
  t.is(hostNameOf('[::1]:3000'), '[::1]');
  t.is(hostNameOf('acme.localhost.'), 'acme.localhost');
  for (const wrong of [
    undefined,
    '',
    'a b',
    'localhost:port',
    'user@localhost',
    'localhost/path',
    'localhost,evil.example',
    '[::1',
  ] as const)
    t.is(hostNameOf(wrong), undefined, wrong ?? '(none)');
});

test('the address of a host is what its clients write, from settings and never from a header that could be forged', async (t) => {
  const find = async (slug: string) => (slug === 'acme' ? { tenant: 7, slug } : undefined);
  const bare = hostMeaning({}, find);
  t.deepEqual(await bare('LocalHost:3000'), { kind: 'plain', origin: 'http://localhost:3000' });
  t.deepEqual(await bare('acme.localhost:3000'), { kind: 'tenant', tenant: 7, slug: 'acme', origin: 'http://acme.localhost:3000' });
  t.deepEqual(await bare('[::1]:80'), { kind: 'plain', origin: 'http://[::1]' });
  t.deepEqual(await bare('localhost:99999'), { kind: 'unknown' });
  const domain = hostMeaning({ tenantDomain: 'org.example.com' }, find);
  t.like(await domain('acme.org.example.com:666'), { origin: 'https://acme.org.example.com' });
  t.like(await domain('org.example.com'), { kind: 'plain', origin: 'https://org.example.com' });
  const both = hostMeaning({ publicUrl: 'http://www.example.com:8080', tenantDomain: 'org.example.com' }, find);
  t.like(await both('acme.org.example.com'), { kind: 'tenant', origin: 'http://acme.org.example.com:8080' });
  t.like(await both('www.example.com:8080'), { kind: 'plain', origin: 'http://www.example.com:8080' });
  t.like(await both('127.0.0.1:3000'), { kind: 'plain', origin: 'http://www.example.com:8080' });
});

test('a door learns its tenant from the host, and on a plain host from the default; the guards stand before it', async (t) => {
  const seen: unknown[] = [];
  const doors: HttpParts['doors'] = [
    async (ctx, next) => {
      if (ctx.path !== '/door') return next();
      seen.push([ctx.state.hostTenant, ctx.state.doorTenant, originOf(ctx)]);
      ctx.status = 204;
    },
  ];
  const w = await mcpWorld(t, { http: { doors, defaultTenant: 'other' } });
  const call = async (host: string) => (await w.raw({ method: 'GET', path: '/door', host })).status;
  t.is(await call('localhost:1'), 204);
  const { tenant } = await w.directory.createTenant('other');
  t.is(await call('localhost:1'), 204);
  t.is(await call('acme.localhost:1'), 204);
  t.is(await call('evil.example'), 421);
  t.deepEqual(seen, [
    [undefined, undefined, 'http://localhost:1'],
    [undefined, { tenant, slug: 'other' }, 'http://localhost:1'],
    ['acme', { tenant: 1, slug: 'acme' }, 'http://acme.localhost:1'],
  ]);
});

test('a bearer token is read whatever the case of its scheme, and nothing else is taken for one', (t) => {
  t.deepEqual(bearerOf('bearer abc'), { token: 'abc' });
  for (const header of [undefined, '', ' ']) t.like(bearerOf(header), { status: 401, code: 'TOKEN_MISSING' });
  for (const header of ['Basic abc', 'Bearer', 'Bearer a b', 'abc', 'Bearer "a"'])
    t.like(bearerOf(header), { status: 401, code: 'TOKEN_INVALID' }, header);
});

test('a session id carries the name of the client there and back, and a made-up one carries nothing', (t) => {
  const id = sessionIdFor({ method: 'initialize', params: { clientInfo: { name: 'Höhe "7"', version: '2' } } });
  t.regex(id ?? '', /^[\x21-\x7e]+$/);
  t.deepEqual(assistantIn(id), { client: 'Höhe "7"', version: '2' });
  t.is(sessionIdFor({ method: 'tools/list' }), undefined);
  for (const wrong of [
    undefined,
    '',
    'x',
    'AAAAAAAAAAAAAAAA.AAAA',
    `AAAAAAAAAAAAAAAA.${Buffer.from('[1,2]').toString('base64url')}`,
    'a'.repeat(5000),
  ])
    t.is(assistantIn(wrong), undefined);
});

test('health answers any host, and readiness says when the database is gone', async (t) => {
  const w = await mcpWorld(t);
  t.is((await w.raw({ method: 'GET', path: '/healthz', host: '10.0.0.7:8080' })).status, 200);
  t.is((await w.raw({ method: 'GET', path: '/readyz' })).status, 200);
  const broken = await mcpWorld(t, { http: { ready: () => Promise.reject(new Error('no database at 10.1.2.3')) } });
  const answer = await broken.raw({ method: 'GET', path: '/readyz' });
  t.is(answer.status, 503);
  t.deepEqual(body(answer.text), { ready: false });
});

test('the front page says where MCP is, and other addresses say that there is nothing', async (t) => {
  const w = await mcpWorld(t);
  const page = await w.raw({ method: 'GET', path: '/', host: 'localhost:1234' });
  t.is(page.status, 200);
  t.true(page.text.includes('http://localhost:1234/mcp/orgonaut'));
  t.is(page.headers['x-content-type-options'], 'nosniff');
  t.regex(String(page.headers['content-security-policy']), /default-src 'none'/);
  const none = await w.raw({ method: 'GET', path: '/../etc/passwd' });
  t.is(none.status, 404);
  t.is(body(none.text).code, 'NOT_FOUND');
});

test('only hosts of this installation are answered: a forged Host gets 421', async (t) => {
  const w = await mcpWorld(t, { http: { publicUrl: 'https://org.example.com', tenantDomain: 'tenants.example.com' } });
  const token = await w.token();
  const call = (host: string) => w.raw({ headers: rpcHeaders(token), body: rawCall('status.get'), host });
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'nobody.localhost',
    'a.acme.localhost',
    'acme.example.com',
    'x y',
    '169.254.169.254',
  ]) {
    const answer = await call(host);
    t.is(answer.status, 421, host);
    t.is(body(answer.text).code, 'HOST_UNKNOWN');
    t.truthy(body(answer.text).way_out);
    t.true(tellsNothing(answer.text, token));
  }
  for (const host of [
    'localhost',
    'localhost:9',
    '127.0.0.1',
    '[::1]:80',
    'acme.localhost:3000',
    'org.example.com',
    'ACME.tenants.example.com',
  ])
    t.is((await call(host)).status, 200, host);
});

test('a page of another origin is refused, a page of this one and a client without an origin are not', async (t) => {
  const w = await mcpWorld(t);
  const token = await w.token();
  const call = (origin: string) => w.raw({ headers: { ...rpcHeaders(token), Origin: origin }, body: rawCall('status.get') });
  for (const origin of [
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'file://',
    'chrome-extension://abc',
    'http://nobody.localhost',
  ]) {
    const answer = await call(origin);
    t.is(answer.status, 403, origin);
    t.is(body(answer.text).code, 'ORIGIN_FORBIDDEN');
    t.true(tellsNothing(answer.text, token));
  }
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'http://acme.localhost:1'])
    t.is((await call(origin)).status, 200, origin);
});

test('without a good token there is a 401 with a challenge, telling expired and revoked apart to the holder only', async (t) => {
  const w = await mcpWorld(t);
  const good = await w.token();
  const expired = await w.token('viewer', { expires: new Date(Date.now() - 1000) });
  const revokedToken = await w.directory.createToken({ tenant: 1, name: 'r', role: 'viewer' });
  await w.directory.revokeToken({ tenant: 1, token_id: revokedToken.token_id });
  const cases: [string | undefined, string][] = [
    [undefined, 'TOKEN_MISSING'],
    ['ogn_nothing', 'TOKEN_INVALID'],
    [`${good.slice(0, -4)}AAAA`, 'TOKEN_INVALID'],
    [expired, 'TOKEN_EXPIRED'],
    [revokedToken.token, 'TOKEN_REVOKED'],
  ];
  for (const [token, code] of cases) {
    const answer = await w.raw({ headers: rpcHeaders(token), body: rawCall('status.get') });
    t.is(answer.status, 401, code);
    t.is(body(answer.text).code, code);
    t.truthy(body(answer.text).way_out);
    t.regex(
      String(answer.headers['www-authenticate']),
      code === 'TOKEN_MISSING' ? /^Bearer realm="orgonaut"$/ : /^Bearer .*error="invalid_token"/,
    );
    t.true(tellsNothing(answer.text + JSON.stringify(answer.headers), token), code);
  }
  t.is((await w.raw({ headers: rpcHeaders(good), body: rawCall('status.get') })).status, 200);
});

test('X-Tenant and the host must name the tenant of the token, and a token without a transport scope opens nothing', async (t) => {
  const w = await mcpWorld(t);
  await w.directory.createTenant('other');
  const token = await w.token();
  const call = (headers: Record<string, string>, host?: string) =>
    w.raw({ headers: { ...rpcHeaders(token), ...headers }, body: rawCall('status.get'), ...(host ? { host } : {}) });
  for (const [headers, host] of [
    [{ 'X-Tenant': 'other' }],
    [{ 'X-Tenant': '' }],
    [{ 'X-Tenant': '1' }],
    [{}, 'other.localhost'],
    [{ 'X-Tenant': 'acme' }, 'other.localhost'],
  ] as [Record<string, string>, string?][]) {
    const answer = await call(headers, host);
    t.is(answer.status, 403, JSON.stringify([headers, host]));
    t.is(body(answer.text).code, 'TENANT_MISMATCH');
    t.false('error' in body(answer.text), 'another scope would not help');
  }
  t.is((await call({ 'X-Tenant': 'acme' })).status, 200);
  t.is((await call({ 'x-tenant': 'ACME' }, 'acme.localhost')).status, 200);

  const closed = await w.token('owner', { abilities: ['org-units.read'], transport: false });
  const answer = await w.raw({ headers: rpcHeaders(closed), body: rawCall('status.get') });
  t.is(answer.status, 403);
  t.is(body(answer.text).code, 'SCOPE_MISSING');
  t.regex(String(answer.headers['www-authenticate']), /insufficient_scope/);
});

test('a tenant whose subscription has no MCP is told so', async (t) => {
  const w = await mcpWorld(t, { settings: { subscription: 'team' } });
  const token = await w.token();
  for (const host of ['localhost', 'acme.localhost']) {
    const answer = await w.raw({ headers: rpcHeaders(token), body: rawCall('status.get'), host });
    t.is(answer.status, 404);
    t.is(body(answer.text).code, 'SUBSCRIPTION_REQUIRED');
    t.regex(String(body(answer.text).message), /subscription/);
  }
  t.is((await w.raw({ headers: rpcHeaders(), body: rawCall('status.get'), host: 'acme.localhost' })).status, 404, 'without a token too');
  t.is((await w.raw({ headers: rpcHeaders(), body: rawCall('status.get'), host: 'localhost' })).status, 401, "a plain host is nobody's");
});

test('a body that is no JSON, too large or not a message is answered without a fault', async (t) => {
  const w = await mcpWorld(t);
  const token = await w.token();
  t.is((await w.raw({ headers: rpcHeaders(token), body: '{"jsonrpc":' })).status, 400);
  const large = await w.raw({ headers: rpcHeaders(token), body: rawCall('org.search', { query: 'x'.repeat(5 * 1024 * 1024) }) });
  t.is(large.status, 413);
  t.is(body(large.text).code, 'TOO_LARGE');
  for (const odd of [[], 'null', {}, { jsonrpc: '2.0' }, { jsonrpc: '1.0', id: 1, method: 'tools/list' }, rawCall('status.get').params]) {
    const answer = await w.raw({ headers: rpcHeaders(token), body: odd });
    t.true(answer.status >= 400 && answer.status < 500, `${JSON.stringify(odd)} gives ${answer.status}`);
    t.true(tellsNothing(answer.text, token));
  }
  const wrongType = await w.raw({ headers: { ...rpcHeaders(token), 'Content-Type': 'text/plain' }, body: rawCall('status.get') });
  t.is(wrongType.status, 415);
});

test('while the database is away a call is told to come back, and a tool says so too', async (t) => {
  const away = () => new pg.Client({ host: '127.0.0.1', port: 1 }).connect() as Promise<never>;
  const w = await mcpWorld(t);
  const token = await w.token();
  const directory = accessDirectory({ query: away, transaction: away }, { store: w.e.store, now: () => new Date(), newId: () => newId() });
  const broken = await mcpWorld(t, { http: { directory } });
  const answer = await broken.raw({ headers: rpcHeaders(token), body: rawCall('status.get') });
  t.is(answer.status, 503);
  t.is(body(answer.text).code, 'UNAVAILABLE');
  t.truthy(answer.headers['retry-after']);
  t.true(tellsNothing(answer.text, token));

  const halfway = await mcpWorld(t, { box: w.box, http: { deps: { ...w.e.deps, projected: away }, directory: w.directory } });
  const tool = await halfway.raw({ headers: rpcHeaders(token), body: rawCall('status.get') });
  t.is(tool.status, 200);
  t.regex(tool.text, /"code":"UNAVAILABLE"/);
  t.true(tellsNothing(tool.text, token));
});

test('the log holds each request with its id and never a secret', async (t) => {
  const w = await mcpWorld(t);
  const token = await w.token();
  const answer = await w.raw({ headers: rpcHeaders(token), path: `/mcp/orgonaut?token=${token}`, body: rawCall('status.get') });
  t.is(answer.status, 200);
  const line = w.logged.find((l) => l.fields.request_id === answer.headers['x-request-id']);
  t.like(line?.fields, { method: 'POST', path: '/mcp/orgonaut', status: 200 });
  t.false(JSON.stringify(w.logged).includes(token.slice(4)));
});

test('closing waits for the request under way and takes no new one', async (t) => {
  const gates: (() => void)[] = [];
  const w = await mcpWorld(t, { http: { ready: () => new Promise<void>((resolve) => gates.push(resolve)) } });
  const slow = w.raw({ method: 'GET', path: '/readyz' });
  while (gates.length === 0) await new Promise((r) => setTimeout(r, 5));
  const closed = w.close(5_000);
  await t.throwsAsync(w.raw({ method: 'GET', path: '/healthz' }), { code: 'ECONNREFUSED' });
  gates[0]?.();
  t.is((await slow).status, 200);
  await closed;
});
