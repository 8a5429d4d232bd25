import test from 'ava';
import type { Fetch } from '../src/oauth/outbound.ts';
import { Browser } from './support/browser.ts';
import { authorizeUrl, CALLBACK, connect, oauthWorld, type OauthWorld, refreshed, register } from './support/oauth.ts';
import { afterTheTests } from './support/teardown.ts';

let w: OauthWorld;
const whole = afterTheTests();
test.before(async () => {
  w = await oauthWorld(whole);
});

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
const key = { kty: 'EC', crv: 'P-256', alg: 'ES256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU' };

test('a registration or a request with text that no database holds is refused as wrong, and is no fault', async (t) => {
  const signing = (jwks: unknown) => ({ token_endpoint_auth_method: 'private_key_jwt', jwks });
  for (const metadata of [
    { redirect_uris: ['http://127.0.0.1/\0'] },
    { redirect_uris: ['cursor://x/\ud800'] },
    signing({ keys: [{ ...key, kid: '\0' }] }),
    signing({ keys: [{ ...key, kid: '\ud800' }] }),
    signing({ keys: [{ ...key, '\0': 1 }] }),
    signing({ keys: nested(5000) }),
  ])
    t.is((await register(w.url, metadata)).status, 400, JSON.stringify(metadata).slice(0, 100));
  const named = await register(w.url, { client_name: 'a\ud800\0\u202eb' });
  t.is(named.status, 201, 'a name is only words to show');
  t.regex(String(named.json().client_name), /^a\ufffd +b$/);
  const client_id = String(named.json().client_id);
  for (const query of [
    { state: '\0' },
    { login_hint: '\0' },
    { ui_locales: '\0' },
    { resource: [`${w.url}/mcp/orgonaut`, '\0'].join('') },
  ]) {
    const seen = await new Browser().go(authorizeUrl(w.url, { client_id, ...query }));
    t.is(seen.status, 400, JSON.stringify(query));
    t.regex(seen.text, /invalid_request/);
  }
  t.deepEqual(
    w.logged.filter((l) => l.level === 'error'),
    [],
  );
});

test('a redirect address is registered as it will be used: nothing in it is left out or turned round on the way', async (t) => {
  for (const uri of [
    'https://good.example\\@evil.example/',
    'https://good.example/\r\nX: y',
    ' https://good.example/',
    'https://good.example/ x',
    'https://gööd.example/',
    'https://good.example/\u202e',
    'https://good.example/<x>',
  ])
    t.like((await register(w.url, { redirect_uris: [uri] })).json(), { error: 'invalid_redirect_uri' }, JSON.stringify(uri));
  t.is((await register(w.url, { redirect_uris: ['https://xn--gd-fkaa.example/a%20b?x=%7B1%7D'] })).status, 201);
});

test('a client may refresh with the scopes it asked for, those left out among them, and still gets no more than it had', async (t) => {
  const { browser } = await w.person();
  const scope = 'openid offline_access org-units.read';
  const first = await connect(w.url, browser, { scope });
  const second = await refreshed(w.url, first, scope);
  t.is(second.status, 200, second.text);
  t.is(second.json().scope, 'mcp:use org-units.read', 'with the transport, without which a token opens nothing');
  const more = await refreshed(w.url, { ...first, refresh_token: String(second.json().refresh_token) }, `${scope} costs.read`);
  t.like(more.json(), { error: 'invalid_scope' });
});

test('strangers cannot use up the fetches of a client that somebody let in, and nothing is fetched for one at the token endpoint', async (t) => {
  const DOCUMENT = 'https://app.example/client.json';
  const asked: string[] = [];
  const fetch: Fetch = async (url) => {
    asked.push(String(url));
    if (String(url) !== DOCUMENT) throw new Error('no such document');
    return new Response(JSON.stringify({ client_id: DOCUMENT, client_name: 'App', redirect_uris: [CALLBACK] }), {
      headers: { 'content-type': 'application/json' },
    });
  };
  const other = await oauthWorld(t, { door: { fetch, authorizations: { points: 1000, seconds: 600 } } });
  const { browser, user_id } = await other.person();
  const ask = (client_id: string) => new Browser().go(authorizeUrl(other.url, { client_id }));
  const atToken = (client_id: string) => refreshed(other.url, { client_id, refresh_token: 'x' });
  for (let i = 0; i < 5; i += 1) t.like((await atToken(`https://evil.example/${i}`)).json(), { error: 'invalid_client' });
  t.deepEqual(asked, []);
  await Promise.all(Array.from({ length: 125 }, (_, i) => ask(`https://evil.example/${i}`)));
  await other.apps.connect({
    tenant: other.e.tenant,
    grant_id: 'a-grant',
    user_id,
    issuer: `${other.url}/mcp/orgonaut`,
    client_id: DOCUMENT,
    client_name: 'App',
    redirect_host: '127.0.0.1',
    scopes: ['mcp:use'],
    by: { user: user_id, with: { kind: 'client', id: 'browser' }, via: 'web', correlation_id: 'test' },
  });
  t.truthy((await connect(other.url, browser, { client: DOCUMENT })).access_token);
  t.is(asked.filter((url) => url === DOCUMENT).length, 1);
  t.like((await atToken(DOCUMENT)).json(), { error: 'invalid_grant' }, 'who is known is answered there');
});
