import test from 'ava';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Fetch, guardedFetch, isPublicAddress } from '../src/oauth/outbound.ts';
import { Browser } from './support/browser.ts';
import { authorizeUrl, CALLBACK, challengeOf, connect, oauthWorld, type OauthWorld, token, verifier } from './support/oauth.ts';

const DOCUMENT = 'https://app.example/oauth/client.json';
const json = (value: unknown, more: { status?: number; headers?: Record<string, string> } = {}): Response =>
  new Response(JSON.stringify(value), { status: more.status ?? 200, headers: { 'content-type': 'application/json', ...more.headers } });

const ask = async (w: OauthWorld, client_id: string, more: Record<string, string> = {}) =>
  new Browser().go(authorizeUrl(w.url, { client_id, ...more }));

/** A world whose fetcher serves these documents, and counts how often each was asked for. */
const served = async (t: { teardown(fn: () => Promise<void>): void }, documents: Record<string, () => Response>) => {
  const asked: string[] = [];
  const fetch: Fetch = async (url) => {
    asked.push(String(url));
    const made = documents[String(url)];
    if (!made) throw new Error('no such document');
    return made();
  };
  return { w: await oauthWorld(t, { door: { fetch } }), asked };
};

test('addresses that are not of the public internet are told apart from those that are', (t) => {
  for (const inside of [
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.127.255.254',
    '192.0.0.8',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'fd00:ec2::254',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    '2001::1',
    'ff02::1',
    'not an address',
    '',
  ])
    t.false(isPublicAddress(inside), inside);
  for (const outside of [
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '192.167.1.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])
    t.true(isPublicAddress(outside), outside);
});

test('nothing inside is fetched, however it is named', async (t) => {
  const fetch = guardedFetch();
  for (const url of [
    'https://127.0.0.1/x',
    'https://127.1/x',
    'https://2130706433/x',
    'https://0x7f000001/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/x',
    'http://example.com/x',
    'https://example.com:8443/x',
    'https://user@example.com/x',
    'file:///etc/passwd',
  ])
    await t.throwsAsync(fetch(url), { message: /public internet|only https/ }, url);
  // names that resolve to an inner address, also among public ones
  for (const addresses of [['10.0.0.5'], ['8.8.8.8', '127.0.0.1'], ['2606:4700::1111', 'fd00::1'], []]) {
    const named = guardedFetch(async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
    await t.throwsAsync(named('https://innocent.example/x'), { message: /public internet/ }, addresses.join());
  }
  await t.throwsAsync(fetch('https://innocent.example/x', { method: 'POST' }), { message: /GET/ });
});

test('a client whose document lies inside is refused, by address and by name', async (t) => {
  const w = await oauthWorld(t);
  for (const client_id of [
    'https://127.0.0.1/client.json',
    'https://[::1]/client.json',
    'https://169.254.169.254/client.json',
    'https://localhost/client.json',
  ]) {
    const seen = await ask(w, client_id);
    t.is(seen.status, 400, client_id);
    t.is(seen.location, undefined);
    t.regex(seen.text, /invalid_client/);
  }
  const { logged } = w;
  t.deepEqual(
    logged.filter((l) => l.level === 'error'),
    [],
    'a stranger fills no log',
  );
});

test('a document that sends on to another address is refused, and the other address is not asked', async (t) => {
  const { w, asked } = await served(t, {
    [DOCUMENT]: () => new Response(null, { status: 302, headers: { location: 'http://127.0.0.1:1/client.json' } }),
  });
  t.is((await ask(w, DOCUMENT)).status, 400);
  t.deepEqual([...new Set(asked)], [DOCUMENT]);
});

test('a client that is named by its document connects, and its document is fetched once while it is fresh', async (t) => {
  const { w, asked } = await served(t, {
    [DOCUMENT]: () =>
      json(
        {
          client_id: DOCUMENT,
          client_name: 'Document app',
          redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
          grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'],
          scope: 'anything',
          token_endpoint_auth_method: 'none',
        },
        { headers: { 'cache-control': 'public, max-age=300' } },
      ),
  });
  const { browser, user_id } = await w.person();
  const app = await connect(w.url, browser, { client: DOCUMENT });
  t.truthy(app.access_token);
  t.truthy(app.refresh_token);
  t.like((await w.apps.list(w.e.tenant, { user_id }))[0], { client_id: DOCUMENT, client_name: 'Document app' });
  await connect(w.url, browser, { client: DOCUMENT });
  t.deepEqual(asked, [DOCUMENT]);
  const page = await browser.follow(authorizeUrl(w.url, { client_id: DOCUMENT }));
  t.true(page.text.includes(DOCUMENT), 'its address is shown: of all it says, that alone is proven');
});

test('a stranger cannot make the service fetch without end', async (t) => {
  const { w, asked } = await served(t, {});
  await Promise.all(Array.from({ length: 90 }, (_, i) => ask(w, `https://app.example/${i}.json`)));
  t.true(asked.length <= 120, String(asked.length));
  t.true(asked.length >= 60, String(asked.length));
  const seen = await ask(w, 'https://app.example/one-more.json');
  t.regex(seen.text, /invalid_client/);
});

test('a document is refused that is not the one it was asked for as, or that would have a secret or a bad redirect', async (t) => {
  const good = { client_id: DOCUMENT, client_name: 'x', redirect_uris: [CALLBACK] };
  const wrong: Record<string, () => Response> = {
    'another client_id': () => json({ ...good, client_id: 'https://app.example/other.json' }),
    'no client_id': () => json({ redirect_uris: [CALLBACK] }),
    'a shared secret': () => json({ ...good, token_endpoint_auth_method: 'client_secret_basic' }),
    'a secret in it': () => json({ ...good, client_secret: 'x' }),
    'a script to run': () => json({ ...good, redirect_uris: [CALLBACK, 'javascript:alert(1)'] }),
    'no redirects': () => json({ client_id: DOCUMENT }),
    'not found': () => json(good, { status: 404 }),
    'too large': () => json({ ...good, filler: 'x'.repeat(11 * 1024) }),
    'a list': () => json([good]),
    'no JSON': () => new Response('<html>', { headers: { 'content-type': 'application/json' } }),
  };
  let now: () => Response = () => json(good);
  const w = await oauthWorld(t, { door: { fetch: async () => now() } });
  for (const [why, made] of Object.entries(wrong)) {
    now = made;
    const seen = await ask(w, DOCUMENT);
    t.is(seen.status, 400, why);
    t.is(seen.location, undefined, why);
  }
  now = () => json(good);
  t.is((await ask(w, DOCUMENT)).status, 303);
});

test('a client with a key of its own signs at the token endpoint, once with each assertion', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const KEYS = 'https://app.example/oauth/jwks.json';
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig', alg: 'ES256' };
  const { w, asked } = await served(t, {
    [KEYS]: () => json({ keys: [jwk] }),
    // as ChatGPT's: what it can, rather than what it will
    [DOCUMENT]: () =>
      json({
        client_id: DOCUMENT,
        client_name: 'Signing app',
        redirect_uris: [CALLBACK],
        jwks_uri: KEYS,
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ['ES256'],
      }),
  });
  const { browser } = await w.person();
  const secret = verifier();
  const back = await browser.decide(
    await browser.follow(authorizeUrl(w.url, { client_id: DOCUMENT, code_challenge: challengeOf(secret) })),
    'allow',
  );
  const assertion = (key = privateKey, aud = `${w.url}/mcp/orgonaut`) =>
    new SignJWT({ jti: verifier() })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(DOCUMENT)
      .setSubject(DOCUMENT)
      .setAudience(aud)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(key);
  const form = async (signed: string | undefined): Promise<Record<string, string>> => ({
    grant_type: 'authorization_code',
    client_id: DOCUMENT,
    code: back.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: secret,
    ...(signed === undefined
      ? {}
      : { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: signed }),
  });
  t.is((await token(w.url, await form(undefined))).json().error, 'invalid_client');
  const stranger = await generateKeyPair('ES256');
  t.is((await token(w.url, await form(await assertion(stranger.privateKey)))).json().error, 'invalid_client');
  t.is((await token(w.url, await form(await assertion(privateKey, 'https://evil.example')))).json().error, 'invalid_client');
  const good = await assertion();
  const got = await token(w.url, await form(good));
  t.is(got.status, 200, got.text);
  const refresh = { grant_type: 'refresh_token', client_id: DOCUMENT, refresh_token: String(got.json().refresh_token) };
  const again = { ...(await form(good)), ...refresh };
  t.is((await token(w.url, again)).json().error, 'invalid_client', 'an assertion is good once');
  t.is((await token(w.url, { ...again, client_assertion: await assertion() })).status, 200);
  t.true(asked.includes(KEYS));
});
