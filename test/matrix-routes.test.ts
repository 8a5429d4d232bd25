import test from 'ava';
import type { Router } from '@koa/router';
import type { Sql } from '../src/projections/sql.ts';
import { abilities, accessRoles, effectiveAbilities, roleAbilities } from '../src/domain/abilities.ts';
import { httpApp, MCP_PATH } from '../src/http/app.ts';
import { proposalDoor } from '../src/http/web/proposal.ts';
import { webDoor } from '../src/http/web/door.ts';
import { oauthRoutes } from '../src/oauth/index.ts';
import { upstream } from '../src/oauth/upstream.ts';
import { offeredTools } from '../src/mcp/operations.ts';
import { id } from './support/engine.ts';
import { type DoorWorld, doorWorld, visitor, type Visitor } from './support/door.ts';
import { rpcHeaders } from './support/mcp.ts';
import { type OpenidProvider, openidProvider } from './support/openid-provider.ts';

/** Who may use an address: anybody; who is signed in, on pages or as JSON; who has a bearer token; who manages members or settings. */
type For = 'anybody' | 'page' | 'json' | 'bearer' | 'managers';

/** Every route of the service. A route without a line here fails the first test. */
const routes: Record<string, For> = {
  'GET /': 'anybody',
  'GET /sign-in': 'anybody',
  'POST /sign-in': 'anybody',
  'POST /sign-out': 'anybody',
  'GET /sign-in/upstream': 'anybody',
  'GET /sign-in/upstream/callback': 'anybody',
  'GET /invitation/:secret': 'anybody',
  'POST /invitation/:secret': 'anybody',
  'GET /settings/tokens': 'page',
  'POST /settings/tokens': 'page',
  'POST /settings/tokens/:id/replace': 'page',
  'POST /settings/tokens/:id/revoke': 'page',
  'GET /settings/usage': 'page',
  'GET /settings/apps': 'page',
  'POST /settings/apps/:id/narrow': 'page',
  'POST /settings/apps/:id/naming': 'page',
  'POST /settings/apps/:id/revoke': 'page',
  'GET /proposals/:id/confirm': 'page',
  'POST /proposals/:id/confirm': 'page',
  'GET /api/v1/session': 'json',
  'GET /api/v1/tokens': 'json',
  'POST /api/v1/tokens': 'json',
  'POST /api/v1/tokens/:id/replace': 'json',
  'DELETE /api/v1/tokens/:id': 'json',
  'GET /api/v1/connected-apps': 'json',
  'PATCH /api/v1/connected-apps/:id': 'json',
  'DELETE /api/v1/connected-apps/:id': 'json',
  'GET /api/v1/usage': 'managers',
  [`POST ${MCP_PATH}`]: 'bearer',
  [`GET /.well-known/oauth-authorization-server${MCP_PATH}`]: 'anybody',
  'GET /.well-known/oauth-authorization-server': 'anybody',
  [`GET /.well-known/openid-configuration${MCP_PATH}`]: 'anybody',
  [`GET ${MCP_PATH}/.well-known/openid-configuration`]: 'anybody',
  'GET /.well-known/oauth-protected-resource': 'anybody',
  [`GET /.well-known/oauth-protected-resource${MCP_PATH}`]: 'anybody',
  'GET /oauth/jwks': 'anybody',
  'POST /oauth/register': 'anybody',
  'GET /oauth/authorize': 'anybody',
  'GET /oauth/authorize/:uid': 'anybody',
  'GET /oauth/interaction/:uid': 'anybody',
  'POST /oauth/interaction/:uid': 'anybody',
  'POST /oauth/token': 'anybody',
  'POST /oauth/revoke': 'anybody',
};

const ends: (() => Promise<void>)[] = [];
const upstreamOf = (sql: Sql, now: () => Date) =>
  upstream(sql, { now }, { issuer: provider.issuer, clientId: provider.client.id, clientSecret: provider.client.secret });
let w: DoorWorld;
let provider: OpenidProvider;
/** The token and the app of the owner, which nobody else may touch but who manages members. */
let owners: { token_id: string; grant_id: string };

test.before(async () => {
  provider = await openidProvider('http://localhost/sign-in/upstream/callback');
  ends.push(() => provider.close());
  w = await doorWorld({ teardown: (fn) => void ends.push(fn) }, { oauth: true, web: (e, now) => ({ upstream: upstreamOf(e.sql, now) }) });
  for (const role of accessRoles) await w.join(`${role}@example.com`, role);
  const { token_id } = await w.directory.createToken({ tenant: 1, name: 'the owner’s own', user: 'owner@example.com' });
  owners = { token_id, grant_id: await w.connect('owner@example.com', 'Owned App') };
});
test.after.always(async () => {
  for (const end of ends) await end();
});

const path = (route: string): string =>
  (route.split(' ')[1] as string)
    .replace('/settings/tokens/:id', `/settings/tokens/${owners.token_id}`)
    .replace('/tokens/:id', `/tokens/${owners.token_id}`)
    .replace('/apps/:id', `/apps/${owners.grant_id}`)
    .replace('/connected-apps/:id', `/connected-apps/${owners.grant_id}`)
    .replace('/proposals/:id', `/proposals/${id('none')}`)
    .replace(':secret', 'A'.repeat(43))
    .replace(':uid', 'A'.repeat(43));
const methodOf = (route: string): string => route.split(' ')[0] as string;
const which = (...wanted: For[]): string[] => Object.keys(routes).filter((r) => wanted.includes(routes[r] as For));

const bodyFor = (route: string): object | undefined =>
  ['DELETE', 'OPTIONS', 'HEAD'].includes(methodOf(route))
    ? undefined
    : route.endsWith(MCP_PATH)
      ? { jsonrpc: '2.0', id: 1, method: 'tools/list' }
      : { abilities: ['org-units.read'] };
const send = (v: Visitor, route: string, headers: Record<string, string> = {}) =>
  methodOf(route) === 'GET' ? v.get(path(route), headers) : v.send(methodOf(route), path(route), bodyFor(route), headers);

/** Nothing of the owner's was touched by whoever may not. */
const untouched = async (): Promise<boolean> =>
  (await w.directory.listTokens(1)).some((x) => x.token_id === owners.token_id && x.revoked_at === null) &&
  (await w.apps.list(1)).some((x) => x.grant_id === owners.grant_id && x.abilities.length === 0);

test('every route of the service stands in this matrix, and nothing else does', (t) => {
  const web = {
    sql: w.e.sql,
    people: w.door,
    directory: w.directory,
    apps: w.apps,
    now: () => new Date(),
    mcpPath: MCP_PATH,
    version: '1',
    upstream: upstreamOf(w.e.sql, () => new Date()),
  };
  const { app } = httpApp({
    deps: w.e.deps,
    directory: w.directory,
    box: offeredTools(),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    doors: [webDoor(web), proposalDoor({ ...web, deps: w.e.deps })],
  });
  const there = app.middleware
    .flatMap((m) => (m as unknown as { router?: Router }).router?.stack ?? [])
    .flatMap((layer) => (layer.path === MCP_PATH ? ['POST'] : layer.methods.filter((m) => m !== 'HEAD')).map((m) => `${m} ${layer.path}`));
  t.true(there.length > 20);
  t.deepEqual([...new Set([...there, ...oauthRoutes])].sort(), Object.keys(routes).sort());
});

test('at the addresses of OAuth nothing else is there than what stands here, whoever asks', async (t) => {
  const { token } = await w.directory.createToken({ tenant: 1, name: 'at OAuth', role: 'owner' });
  const owner = await w.inside('owner@example.com');
  const nowhere = ['GET /oauth', 'GET /oauth/', 'GET /oauth/token', 'POST /oauth/jwks', 'DELETE /oauth/register', 'POST /oauth/authorize'];
  const odd = ['GET /oauth/authorize/a/b', 'PUT /oauth/interaction/a', 'GET /oauth/me', 'GET /oauth/end-session', 'POST /oauth/introspect'];
  for (const route of [...nowhere, ...odd, 'OPTIONS /oauth/authorize', 'HEAD /oauth/authorize', 'OPTIONS /oauth/interaction/a']) {
    t.is((await send(visitor(w.port), route, rpcHeaders(token))).status, 404, `${route} with a token`);
    t.is((await send(owner, route)).status, 404, `${route} signed in`);
  }
  for (const route of Object.keys(routes).filter((r) => oauthRoutes.includes(r)))
    t.not((await send(visitor(w.port), route)).headers['content-type'], undefined, route);
  t.true(await untouched());
});

test('without a credential only the doors themselves are open', async (t) => {
  for (const route of Object.keys(routes)) {
    const answer = await send(visitor(w.port), route, rpcHeaders());
    const { status } = answer;
    if (routes[route] === 'page') {
      t.is(status, 303, route);
      t.regex(String(answer.headers.location), /^\/sign-in\?return_to=/, route);
    } else if (routes[route] === 'anybody') t.true(status < 500 && status !== 401, `${route}: ${status}`);
    else t.is(status, 401, route);
  }
  t.true(await untouched());
});

test('a bearer token of any role or narrowing opens MCP, reads usage where it manages something, and opens no page and nothing about tokens and apps', async (t) => {
  const owner = abilities.map((only) => ({ role: 'owner' as const, scopes: [only, 'mcp.access'] }));
  for (const { role, scopes } of [...accessRoles.map((role) => ({ role, scopes: [] as string[] })), ...owner]) {
    const { token } = await w.directory.createToken({ tenant: 1, name: `${role} ${scopes}`, role, abilities: scopes });
    const has = effectiveAbilities(role, scopes);
    for (const route of which('page', 'json', 'bearer', 'managers')) {
      const { status, text } = await send(visitor(w.port), route, rpcHeaders(token));
      const note = `${route} as ${role} ${scopes}: ${text.slice(0, 200)}`;
      if (routes[route] === 'page') t.is(status, 303, note);
      else if (routes[route] === 'json') t.is(status, 403, note);
      else if (routes[route] === 'bearer') t.is(status, 200, note);
      else t.is(status, has.has('members.write') || has.has('settings.write') ? 200 : 403, note);
    }
  }
  t.true(await untouched());
});

for (const role of accessRoles)
  test(`who is signed in as ${role} reads their own, changes nothing without the session's csrf, and touches others' only with members.write`, async (t) => {
    const manages = roleAbilities[role].includes('members.write');
    const v = await w.inside(`${role}@example.com`);
    for (const route of which('page', 'json').filter((r) => methodOf(r) === 'GET' && !/proposals|usage/.test(r))) {
      const { status, text } = await send(v, route);
      t.is(status, 200, route);
      if (manages) continue;
      t.false(text.includes(owners.token_id) || text.includes(owners.grant_id) || text.includes('Owned App'), `${route} as ${role}`);
    }
    t.is((await send(v, 'GET /proposals/:id/confirm')).status, 404);
    for (const usage of ['GET /api/v1/usage', 'GET /settings/usage']) t.is((await send(v, usage)).status, manages ? 200 : 403, usage);
    t.is((await send(v, `POST ${MCP_PATH}`, rpcHeaders())).status, 401, 'a session is no credential for MCP');
    const changes = which('page', 'json').filter((r) => methodOf(r) !== 'GET');
    for (const route of changes) {
      const foreign = { Origin: 'http://other.localhost', 'Sec-Fetch-Site': 'cross-site' };
      const bare = { Origin: `http://localhost:${w.port}` };
      // A page takes forms alone: anything else would be refused for what it is.
      const without = routes[route] === 'page' ? v.post(path(route), { csrf: '', ability: 'org-units.read' }) : send(v, route, bare);
      t.is((await without).status, 403, `${route} without csrf`);
      const abroad = routes[route] === 'page' ? v.post(path(route), {}, foreign) : send(v, route, foreign);
      t.is((await abroad).status, 403, `${route} from a page of another host`);
    }
    t.true(await untouched());
    if (manages) return;
    const { csrf } = JSON.parse((await v.get('/api/v1/session')).text) as { csrf: string };
    const own = { Origin: `http://localhost:${w.port}`, 'Sec-Fetch-Site': 'same-origin', 'X-CSRF-Token': csrf };
    for (const route of changes.filter((r) => path(r).includes(owners.token_id) || path(r).includes(owners.grant_id))) {
      const answer =
        routes[route] === 'page'
          ? await v.post(path(route), { csrf, ability: 'org-units.read', naming: 'underscore' })
          : await v.send(methodOf(route), path(route), bodyFor(route), own);
      t.true(answer.status === 404 || answer.text === '{"revoked":false}', `${route} as ${role}: ${answer.text.slice(0, 200)}`);
    }
    t.true(await untouched());
  });
