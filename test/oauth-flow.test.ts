import test, { type ExecutionContext } from 'ava';
import { abilities } from '../src/domain/abilities.ts';
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

const call = (access_token: string) => callWith(w.url, access_token);

const opens = async (t: ExecutionContext, access_token: string): Promise<void> => {
  const { status, text } = await call(access_token);
  t.is(status, 200, text);
};
const opensNothing = async (t: ExecutionContext, access_token: string): Promise<void> => {
  t.is((await call(access_token)).status, 401);
};

const told = async (type: string, grant: string) =>
  (await w.e.sql.query<{ data: Record<string, unknown> }>('select data from access.outbox where type = $1 order by sequence', [type]))
    .map((r) => r.data)
    .filter((d) => d.grant_id === grant);

test('a client that is new is registered, allowed by its person, and calls; what happened is told', async (t) => {
  const { browser, user_id } = await w.person('manager');
  const app = await connect(w.url, browser);
  t.is(app.scope, 'mcp:use');
  await opens(t, app.access_token);
  const [listed, ...others] = await w.apps.list(w.e.tenant, { user_id });
  t.like(listed, { client_name: 'Test app', redirect_host: '127.0.0.1:33418', abilities: [], naming: null, client_id: app.client_id });
  t.deepEqual(others, []);
  t.truthy(listed?.last_used_at);
  t.like((await told('AppConnected', listed!.grant_id))[0], { user_id, client_name: 'Test app', abilities: [] });
});

test('a person who is not signed in is asked to, and comes back to the question', async (t) => {
  const client_id = await newClient(w.url);
  const page = await new Browser().follow(authorizeUrl(w.url, { client_id }));
  t.is(page.at.pathname, '/sign-in');
  t.regex(page.at.searchParams.get('return_to') ?? '', /^\/oauth\/interaction\/[A-Za-z0-9_-]{20,}$/);
});

test('the question says who asks, where the answer goes, what for, and is safe to show whatever the app calls itself', async (t) => {
  const { browser } = await w.person('viewer');
  const client_id = await newClient(w.url, {
    client_name: '<script>alert(1)</script>"\'\u202e',
    redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'],
  });
  const page = await browser.follow(
    authorizeUrl(w.url, {
      client_id,
      redirect_uri: 'cursor://anysphere.cursor-mcp/oauth/callback',
      scope: 'mcp:use costs.read members.write',
    }),
  );
  t.is(page.status, 200);
  t.false(page.text.includes('<script'));
  t.false(page.text.includes('\u202e'));
  t.true(page.text.includes('cursor://'));
  t.true(page.text.includes('See pay and cost'));
  t.false(page.text.includes('Manage members'), 'a viewer gives no more than a viewer has');
  t.regex(page.text, /viewer\d+@acme\.example/);
  const policy = page.headers.get('content-security-policy') ?? '';
  t.regex(policy, /default-src 'none'/);
  t.regex(policy, /form-action 'self' cursor:;/);
  t.notRegex(policy, /script-src/);
  t.is(page.headers.get('x-frame-options'), 'DENY');
  const end = await browser.decide(page, 'allow');
  t.is(end.protocol, 'cursor:');
  t.truthy(end.searchParams.get('code'));
});

test('who denies sends the client away with an error that names this issuer, and nothing is connected', async (t) => {
  const { browser, user_id } = await w.person();
  const client_id = await newClient(w.url);
  const end = await browser.decide(await browser.follow(authorizeUrl(w.url, { client_id })), 'deny');
  t.is(`${end.origin}${end.pathname}`, CALLBACK);
  t.is(end.searchParams.get('error'), 'access_denied');
  t.is(end.searchParams.get('state'), 'xyz');
  t.is(end.searchParams.get('iss'), `${w.url}/mcp/orgonaut`);
  t.deepEqual(await w.apps.list(w.e.tenant, { user_id }), []);
});

test('a form without the token of the session connects nothing, nor does one after the person signed out', async (t) => {
  const { browser, user_id } = await w.person();
  const client_id = await newClient(w.url);
  const page = await browser.follow(authorizeUrl(w.url, { client_id }));
  const forged = await browser.go(page.at, { form: { csrf: 'A'.repeat(43), decision: 'allow' } });
  t.is(forged.status, 403);
  t.is((await browser.go(page.at, { form: { decision: 'allow' } })).status, 403);
  await w.e.sql.query('delete from access.web_session where user_id = $1', [user_id]);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const out = await browser.go(page.at, { form: { csrf, decision: 'allow' } });
  t.is(out.location?.pathname, '/sign-in');
  t.deepEqual(await w.apps.list(w.e.tenant, { user_id }), []);
});

test('the question of one browser is not answered in another', async (t) => {
  const [one, other] = [await w.person(), await w.person()];
  const client_id = await newClient(w.url);
  const page = await one.browser.follow(authorizeUrl(w.url, { client_id }));
  const seen = await other.browser.go(page.at);
  t.is(seen.status, 400);
  t.regex(seen.text, /not from this browser/);
});

test('consent is asked each time: that a browser was here before lets nothing through', async (t) => {
  const { browser } = await w.person();
  const app = await connect(w.url, browser);
  const url = authorizeUrl(w.url, { client_id: app.client_id });
  t.regex((await browser.follow(url)).text, /name="decision"/);
  url.searchParams.set('prompt', 'none');
  const silent = await browser.follow(url);
  t.is(silent.location?.searchParams.get('error'), 'login_required');
});

test('a refresh token is good once; used again it ends the whole grant', async (t) => {
  const { browser, user_id } = await w.person();
  const app = await connect(w.url, browser);
  const second = await refreshed(w.url, app);
  t.is(second.status, 200, second.text);
  const next = second.json() as { access_token: string; refresh_token: string };
  t.not(next.refresh_token, app.refresh_token);
  await opens(t, next.access_token);
  const [listed] = await w.apps.list(w.e.tenant, { user_id });
  const again = await refreshed(w.url, app);
  t.is(again.status, 400);
  t.is(again.json().error, 'invalid_grant');
  await opensNothing(t, next.access_token);
  await opensNothing(t, app.access_token);
  t.is((await refreshed(w.url, { ...app, refresh_token: next.refresh_token })).json().error, 'invalid_grant');
  t.deepEqual(await w.apps.list(w.e.tenant, { user_id }), []);
  t.deepEqual(await told('AppRevoked', listed!.grant_id), [{ grant_id: listed!.grant_id, user_id, why: 'reuse' }]);
});

test('of two uses of one refresh token at the same moment one is a reuse', async (t) => {
  const { browser } = await w.person();
  const app = await connect(w.url, browser);
  const both = await Promise.all([refreshed(w.url, app), refreshed(w.url, app)]);
  t.true(both.filter((r) => r.status === 200).length <= 1);
  for (const { status, text } of both)
    if (status === 200) await opensNothing(t, (JSON.parse(text) as { access_token: string }).access_token);
});

test('a code is good once; used again it ends what it gave', async (t) => {
  const { browser } = await w.person();
  const client_id = await newClient(w.url);
  const secret = verifier();
  const back = await browser.decide(await browser.follow(authorizeUrl(w.url, { client_id, code_challenge: challengeOf(secret) })), 'allow');
  t.is(back.searchParams.get('iss'), `${w.url}/mcp/orgonaut`);
  const form = {
    grant_type: 'authorization_code',
    client_id,
    code: back.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: secret,
  };
  const first = await token(w.url, form);
  t.is(first.status, 200, first.text);
  const { access_token } = first.json() as { access_token: string };
  await opens(t, access_token);
  const second = await token(w.url, form);
  t.is(second.json().error, 'invalid_grant');
  await opensNothing(t, access_token);
});

test('a client that revokes its token is disconnected at once', async (t) => {
  for (const which of ['access_token', 'refresh_token'] as const) {
    const { browser, user_id } = await w.person();
    const app = await connect(w.url, browser);
    const [listed] = await w.apps.list(w.e.tenant, { user_id });
    const gone = await new Browser().go(`${w.url}/oauth/revoke`, { form: { client_id: app.client_id, token: app[which] } });
    t.is(gone.status, 200);
    await opensNothing(t, app.access_token);
    t.is((await refreshed(w.url, app)).json().error, 'invalid_grant');
    t.like((await told('AppRevoked', listed!.grant_id))[0], { why: 'client' });
  }
});

test('a person disconnects an app, or takes abilities from it, and its tokens follow at once', async (t) => {
  const { browser, user_id } = await w.person('owner');
  const app = await connect(w.url, browser, { scope: 'mcp:use costs.read settings.read org-units.read' });
  t.is(app.scope, 'mcp:use org-units.read settings.read costs.read');
  const [listed] = await w.apps.list(w.e.tenant, { user_id });
  const which = { tenant: w.e.tenant, grant_id: listed!.grant_id, user_id };
  t.is((await call(app.access_token)).status, 200);
  await w.apps.narrow({ ...which, abilities: ['org-units.read'] });
  t.is((await call(app.access_token)).status, 403);
  const refusal = await t.throwsAsync(w.apps.narrow({ ...which, abilities: ['org-units.read', 'costs.read'] }));
  t.regex(refusal?.message ?? '', /does not have costs\.read/);
  await t.throwsAsync(w.apps.narrow({ ...which, abilities: [] }));
  await t.throwsAsync(w.apps.narrow({ ...which, user_id: (await w.person()).user_id, abilities: ['org-units.read'] }), {
    message: /no such connected app/,
  });
  t.is((await w.apps.revoke({ ...which, user_id: (await w.person()).user_id })).revoked, false);
  const { access_token } = (await refreshed(w.url, app)).json() as { access_token: string };
  t.is((await call(access_token)).status, 403, 'nor does a new token have it back');
  t.deepEqual(await w.apps.revoke(which), { revoked: true });
  await opensNothing(t, access_token);
  t.deepEqual(await w.apps.revoke(which), { revoked: false });
  t.is((await told('AppNarrowed', listed!.grant_id)).length, 1);
  t.deepEqual(
    (await told('AppRevoked', listed!.grant_id)).map((d) => d.why),
    ['person'],
  );
});

test('an app that lost every ability its token names opens nothing, rather than everything', async (t) => {
  const { browser, user_id } = await w.person('owner');
  const app = await connect(w.url, browser, { scope: 'mcp:use settings.read costs.read' });
  const narrower = await refreshed(w.url, app, 'mcp:use settings.read');
  const { access_token } = narrower.json() as { access_token: string };
  await opens(t, access_token);
  const [listed] = await w.apps.list(w.e.tenant, { user_id });
  await w.apps.narrow({ tenant: w.e.tenant, grant_id: listed!.grant_id, abilities: ['costs.read'] });
  await opensNothing(t, access_token);
});

test('who lost their role, or whose token expired, is out at once', async (t) => {
  const { browser, user_id } = await w.person('member');
  const app = await connect(w.url, browser);
  await w.e.sql.query(
    "update access.oauth_row set expires_at = now() - interval '1 second' where kind = 'AccessToken' and payload->>'accountId' = $1",
    [user_id],
  );
  await opensNothing(t, app.access_token);
  const next = (await refreshed(w.url, app)).json() as { access_token: string; refresh_token: string };
  await opens(t, next.access_token);
  await w.e.sql.query('delete from access.web_session where user_id = $1', [user_id]);
  await w.e.sql.query('delete from access.membership where user_id = $1', [user_id]);
  await opensNothing(t, next.access_token);
  t.is((await refreshed(w.url, { ...app, refresh_token: next.refresh_token })).json().error, 'invalid_grant');
});

test('nothing that a client holds stands in the database', async (t) => {
  const { browser } = await w.person();
  const client_id = await newClient(w.url);
  const secret = verifier();
  const back = await browser.decide(await browser.follow(authorizeUrl(w.url, { client_id, code_challenge: challengeOf(secret) })), 'allow');
  const code = back.searchParams.get('code') ?? '';
  const dump = async () =>
    JSON.stringify([await w.e.sql.query('select * from access.oauth_row'), await w.e.sql.query('select * from access.outbox')]);
  t.false((await dump()).includes(code));
  const got = (
    await token(w.url, { grant_type: 'authorization_code', client_id, code, redirect_uri: CALLBACK, code_verifier: secret })
  ).json();
  const everything = await dump();
  for (const held of [code, secret, got.access_token, got.refresh_token]) t.false(everything.includes(String(held)));
});

test('scopes that are missing, unknown or asked of habit are made into what holds here', async (t) => {
  const { browser } = await w.person();
  const scope = async (asked: string) => (await connect(w.url, browser, { scope: asked })).scope;
  t.is(await scope(''), 'mcp:use');
  t.is(await scope('openid profile offline_access'), 'mcp:use');
  t.is(await scope('costs.read'), 'mcp:use costs.read');
  t.is(await scope(['mcp:use', ...abilities].join(' ')), ['mcp:use', ...abilities].join(' '));
});
