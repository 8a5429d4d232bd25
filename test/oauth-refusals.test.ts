import test from 'ava';
import { codes } from '../src/domain/codes.ts';
import { streams } from '../src/domain/events.ts';
import { Browser } from './support/browser.ts';
import {
  authorizeUrl,
  callWith,
  CALLBACK,
  challengeOf,
  connect,
  newClient,
  oauthWorld,
  type OauthWorld,
  refreshed,
  token,
  verifier,
} from './support/oauth.ts';
import { afterTheTests } from './support/teardown.ts';

let w: OauthWorld;
const whole = afterTheTests();
test.before(async () => {
  w = await oauthWorld(whole);
});

/** What an authorization request is answered with before anybody is asked. */
const refusedWith = async (
  query: Record<string, string | undefined>,
): Promise<{ error: string | null; to: string | undefined; text: string }> => {
  const seen = await new Browser().go(authorizeUrl(w.url, { client_id: await newClient(w.url), ...query }));
  const page = /<code>([a-z_]+)<\/code>/.exec(seen.text)?.[1] ?? null;
  return {
    // The library answers what would have been an implicit flow in the fragment.
    error: seen.location?.searchParams.get('error') ?? new URLSearchParams(seen.location?.hash.slice(1)).get('error') ?? page,
    to: seen.location && `${seen.location.origin}${seen.location.pathname}`,
    text: seen.text,
  };
};

test('an authorization without PKCE, or with the plain method, is refused', async (t) => {
  t.like(await refusedWith({ code_challenge: undefined, code_challenge_method: undefined }), { error: 'invalid_request', to: CALLBACK });
  t.like(await refusedWith({ code_challenge_method: 'plain' }), { error: 'invalid_request', to: CALLBACK });
  t.like(await refusedWith({ code_challenge_method: undefined }), { error: 'invalid_request', to: CALLBACK });
  t.like(await refusedWith({ code_challenge: 'short' }), { error: 'invalid_request', to: CALLBACK });
});

test('an authorization for another resource is refused, one for this resource with a slash is not', async (t) => {
  for (const resource of ['https://evil.example/mcp', w.url, `${w.url}/mcp/other`, `${w.at('acme')}/mcp/orgonaut`])
    t.like(await refusedWith({ resource }), { error: 'invalid_target', to: CALLBACK }, resource);
  for (const resource of [`${w.url}/mcp/orgonaut/`, undefined])
    t.regex((await refusedWith({ resource })).to ?? '', /\/oauth\/interaction\//, resource ?? '(none)');
});

test('an answer goes nowhere but where the client was registered; nobody is sent to an address that was not', async (t) => {
  for (const redirect_uri of [
    'https://evil.example/cb',
    'http://127.0.0.1:33418/other',
    'http://localhost:33418/callback',
    `${CALLBACK}?x=1`,
  ])
    t.like(await refusedWith({ redirect_uri }), { error: 'invalid_redirect_uri', to: undefined }, redirect_uri);
  // a program listens where a port is free
  t.regex((await refusedWith({ redirect_uri: 'http://127.0.0.1:50123/callback' })).to ?? '', /\/oauth\/interaction\//);
  const unknown = await refusedWith({ client_id: 'nobody' });
  t.like(unknown, { error: 'invalid_client', to: undefined });
  t.regex(unknown.text, /add it again/);
});

test('other response types and modes are refused', async (t) => {
  for (const response_type of ['token', 'id_token', 'code id_token', 'none', 'made_up'])
    t.regex((await refusedWith({ response_type })).error ?? '', /^(unsupported_response_type|invalid_request)$/, response_type);
  for (const response_mode of ['form_post', 'fragment', 'web_message'])
    t.like(await refusedWith({ response_mode }), { error: 'unsupported_response_mode', to: undefined });
});

test('the token endpoint takes a code only from its client, at its address, with its verifier, for its resource', async (t) => {
  const { browser } = await w.person();
  const client_id = await newClient(w.url);
  const code = async (secret: string) =>
    (
      await browser.decide(await browser.follow(authorizeUrl(w.url, { client_id, code_challenge: challengeOf(secret) })), 'allow')
    ).searchParams.get('code') ?? '';
  const secret = verifier();
  const form = async (more: Record<string, string>) => {
    const all = {
      grant_type: 'authorization_code',
      client_id,
      code: await code(secret),
      redirect_uri: CALLBACK,
      code_verifier: secret,
      ...more,
    };
    return (await token(w.url, Object.fromEntries(Object.entries(all).filter(([, v]) => v !== '')))).json().error;
  };
  t.is(await form({ code_verifier: verifier() }), 'invalid_grant');
  t.is(await form({ code_verifier: '' }), 'invalid_grant');
  t.is(await form({ redirect_uri: 'http://127.0.0.1:1/callback' }), 'invalid_grant');
  t.is(await form({ client_id: await newClient(w.url) }), 'invalid_grant');
  t.is(await form({ client_id: 'nobody' }), 'invalid_client');
  t.is(await form({ resource: 'https://evil.example/mcp' }), 'invalid_target');
  t.is(await form({ grant_type: 'password' }), 'unsupported_grant_type');
  t.is(await form({ grant_type: 'client_credentials' }), 'unsupported_grant_type');
  t.is(await form({ resource: `${w.url}/mcp/orgonaut/` }), undefined, 'the resource with a slash is the resource');
});

test('a client cannot revoke or refresh what is of another client', async (t) => {
  const { browser } = await w.person();
  const app = await connect(w.url, browser);
  const other = await newClient(w.url);
  t.is((await refreshed(w.url, { ...app, client_id: other })).json().error, 'invalid_grant');
  await new Browser().go(`${w.url}/oauth/revoke`, { form: { client_id: other, token: app.access_token } });
  t.is((await refreshed(w.url, app)).status, 200);
});

test("one tenant's client, code, refresh token and access token are nothing at another tenant's host", async (t) => {
  const tenant = await w.tenant('bravo');
  const [acme, bravo] = [w.at('acme'), w.at('bravo')];
  const { browser } = await w.person('owner');
  const app = await connect(acme, browser);
  const call = async (origin: string, access_token: string) => (await callWith(origin, access_token)).status;
  t.is(await call(acme, app.access_token), 200);
  t.is(await call(bravo, app.access_token), 401);
  t.is(await call(w.url, app.access_token), 401, 'nor at another address of the same tenant');
  t.is((await refreshed(bravo, app)).json().error, 'invalid_client');
  const there = await w.person('owner', tenant);
  const seen = await there.browser.go(authorizeUrl(bravo, { client_id: app.client_id }));
  t.regex(seen.text, /invalid_client/);
  // with a client of bravo's own, acme's refresh token is still nothing
  const client_id = await newClient(bravo);
  t.is((await refreshed(bravo, { ...app, client_id })).json().error, 'invalid_grant');
  t.deepEqual(await w.apps.list(tenant), []);
  t.is((await w.apps.revoke({ tenant, grant_id: (await w.apps.list(w.e.tenant))[0]?.grant_id ?? '' })).revoked, false);
  t.is(await call(acme, app.access_token), 200);
});

test('a forged Host is answered 421 at every address of OAuth, and none of them follows a forwarded host', async (t) => {
  const paths = [
    '/.well-known/oauth-protected-resource/mcp/orgonaut',
    '/.well-known/oauth-authorization-server/mcp/orgonaut',
    '/oauth/authorize',
    '/oauth/jwks',
  ];
  for (const path of paths) t.is((await w.raw({ method: 'GET', path, host: 'evil.example' })).status, 421, path);
  t.is((await w.raw({ method: 'POST', path: '/oauth/register', host: 'evil.example', body: '{}' })).status, 421);
  const headers = { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', Forwarded: 'host=evil.example' };
  for (const path of paths.slice(0, 2)) {
    const answer = await w.raw({ method: 'GET', path, headers });
    t.is(answer.status, 200);
    t.false(answer.text.includes('evil.example'));
    t.false(answer.text.includes('https://'));
  }
  t.is((await w.raw({ method: 'GET', path: paths[0] ?? '', headers: { Origin: 'https://evil.example' } })).status, 403);
});

test('without the subscription every address of OAuth says 404 and why; with it again, what was connected goes on', async (t) => {
  const own = await oauthWorld(t);
  const { browser } = await own.person();
  const app = await connect(own.url, browser);
  const subscribe = (subscription: 'team' | 'business') =>
    own.e.given(streams.settings(own.e.tenant), 'SettingsChanged', { settings: { subscription } });
  await subscribe('team');
  for (const [method, path] of [
    ['GET', '/.well-known/oauth-protected-resource/mcp/orgonaut'],
    ['GET', '/.well-known/oauth-authorization-server/mcp/orgonaut'],
    ['POST', '/oauth/register'],
    ['POST', '/oauth/token'],
    ['GET', '/oauth/authorize'],
  ] as const) {
    const answer = await own.raw({ method, path });
    t.is(answer.status, 404, path);
    t.like(JSON.parse(answer.text), { code: 'SUBSCRIPTION_REQUIRED', way_out: codes.SUBSCRIPTION_REQUIRED.wayOut });
  }
  await subscribe('business');
  t.is((await refreshed(own.url, app)).status, 200);
});

test("a plain host that is no tenant's door says whose address to use", async (t) => {
  const none = await oauthWorld(t, { defaultTenant: 'nobody' });
  const path = '/.well-known/oauth-protected-resource/mcp/orgonaut';
  const answer = await none.raw({ method: 'GET', path });
  t.is(answer.status, 404);
  t.regex((JSON.parse(answer.text) as { way_out: string }).way_out, /tenant's own host/);
  t.is((await none.raw({ method: 'GET', path, host: 'acme.localhost' })).status, 200);
});

test('who asks to connect too often from one network is told to wait, at this tenant alone, and in every process', async (t) => {
  let from = '203.0.113.9';
  const w = await oauthWorld(t, { door: { authorizations: { points: 3, seconds: 600 }, networkOf: () => from } });
  await w.tenant('other');
  const [here, there] = [await newClient(w.url), await newClient(w.at('other'))];
  const ask = (origin: string, client_id: string) =>
    new Browser().go(authorizeUrl(origin, { client_id, code_challenge: challengeOf('x') }));
  for (let n = 0; n < 3; n++) t.is((await ask(w.url, here)).status, 303);
  const over = await ask(w.url, here);
  t.is(over.status, 429);
  const wait = Number(over.headers.get('retry-after'));
  t.true(wait > 0 && wait <= 600, String(wait));
  t.regex(over.headers.get('content-type') ?? '', /^text\/html/);
  t.regex(over.text, /too many requests to connect came from your network/);
  t.is((await ask(w.url, 'unknown')).status, 429, 'nothing is looked up any more');
  t.is((await ask(w.at('other'), there)).status, 303, 'another tenant');
  from = '2001:db8:1:2::7';
  for (let n = 0; n < 3; n++) t.is((await ask(w.url, here)).status, 303, 'another network');
  from = '2001:db8:1:2:ffff::8';
  t.is((await ask(w.url, here)).status, 429, 'the same network');
  const text = JSON.stringify(await w.e.sql.query('select * from access.sign_in_limit'));
  t.false(text.includes('203.0.113') || text.includes('2001:db8'));
});
