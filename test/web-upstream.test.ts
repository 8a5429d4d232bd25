import test, { type ExecutionContext } from 'ava';
import { upstream } from '../src/oauth/upstream.ts';
import { doorWorld, visitor } from './support/door.ts';
import { type OpenidProvider, openidProvider } from './support/openid-provider.ts';

const CALLBACK = 'https://acme.org.example.com/sign-in/upstream/callback';
const at = { Host: 'acme.org.example.com' };
const location = (seen: { headers: Record<string, string | string[] | undefined> }) => String(seen.headers.location);

const world = async (t: ExecutionContext, options: { inIdToken?: boolean; secret?: string } = {}) => {
  const provider: OpenidProvider = await openidProvider(CALLBACK, options);
  t.teardown(() => provider.close());
  const settings = { issuer: provider.issuer, clientId: provider.client.id, clientSecret: options.secret ?? provider.client.secret };
  const w = await doorWorld(t, {
    publicUrl: 'https://org.example.com',
    tenantDomain: 'org.example.com',
    web: (e, now) => ({ upstream: upstream(e.sql, { now }, settings) }),
  });
  const v = visitor(w.port, 'acme.org.example.com');
  /** From the button to the provider: the address the provider sends the browser back to. */
  const there = async (return_to = '/settings/tokens') => {
    const begun = await v.get(`/sign-in/upstream?return_to=${encodeURIComponent(return_to)}`, at);
    t.is(begun.status, 303);
    return provider.signIn(location(begun));
  };
  const back = (url: URL, by = v) => by.get(url.pathname + url.search, at);
  return { ...w, provider, v, there, back };
};

for (const inIdToken of [true, false])
  test(`a member signs in with the other provider, which tells the address ${inIdToken ? 'in its ID token' : 'when it is asked'}`, async (t) => {
    const w = await world(t, { inIdToken });
    await w.directory.addUser({ tenant: w.tenant, email: 'ann@example.com', role: 'manager' });
    const page = await w.v.get('/sign-in?return_to=/settings/tokens', at);
    t.regex(page.text, /href="\/sign-in\/upstream\?return_to=%2Fsettings%2Ftokens">Sign in with 127\.0\.0\.1/);
    const begun = await w.v.get('/sign-in/upstream', at);
    const asked = new URL(location(begun)).searchParams;
    t.is(asked.get('code_challenge_method'), 'S256');
    t.is(asked.get('redirect_uri'), CALLBACK);
    t.truthy(asked.get('state'));
    t.truthy(asked.get('nonce'));
    const done = await w.back(await w.there());
    t.is(done.status, 303);
    t.is(location(done), '/settings/tokens');
    t.regex((await w.v.get('/settings/tokens', at)).text, /ann@example\.com · manager/);
  });

test('who is invited joins by it with the role of the invitation; who is neither, or has no verified address, does not', async (t) => {
  const w = await world(t);
  t.is((await w.back(await w.there())).status, 403, 'nobody here');
  await w.door.invitations.make({ tenant: w.tenant, email: 'ann@example.com', role: 'viewer' });
  w.provider.person.email_verified = false;
  t.is((await w.back(await w.there())).status, 403);
  delete w.provider.person.email_verified;
  t.is((await w.back(await w.there())).status, 403);
  t.is((await w.directory.listUsers(w.tenant)).length, 0);
  w.provider.person.email_verified = true;
  t.is((await w.back(await w.there())).status, 303);
  t.deepEqual(
    (await w.directory.listUsers(w.tenant)).map((u) => [u.email, u.role]),
    [['ann@example.com', 'viewer']],
  );
});

test('an answer counts once, in the browser that began, with its state, on the host where it began, within ten minutes', async (t) => {
  const w = await world(t);
  await w.directory.addUser({ tenant: w.tenant, email: 'ann@example.com', role: 'manager' });
  const stolen = await w.there();
  t.is((await w.back(stolen, visitor(w.port, 'acme.org.example.com'))).status, 400, 'another browser');
  const forged = new URL(stolen);
  forged.searchParams.set('state', 'x'.repeat(43));
  t.is((await w.back(forged)).status, 401, 'another state');
  t.is((await w.back(stolen)).status, 400, 'it was used up');
  const other = await w.there();
  const there = visitor(w.port, 'other.org.example.com');
  for (const [k, value] of w.v.cookies) there.cookies.set(k, value);
  t.is((await there.get(other.pathname + other.search, { Host: 'other.org.example.com' })).status, 400, 'another tenant');
  const late = await w.there();
  w.later(10 * 60_000);
  t.is((await w.back(late)).status, 400, 'too late');
  const first = await w.there();
  const kept = new Map(w.v.cookies);
  t.is((await w.back(first)).status, 303);
  w.v.cookies.clear();
  for (const [k, value] of kept) w.v.cookies.set(k, value);
  t.is((await w.back(first)).status, 400, 'twice');
});

test('a refusal of the provider, a wrong client secret and a provider that is away are told as such', async (t) => {
  const w = await world(t);
  const back = await w.there();
  const refused = new URL(back);
  refused.search = new URLSearchParams({
    error: 'access_denied',
    state: back.searchParams.get('state') ?? '',
    iss: w.provider.issuer,
  }).toString();
  t.is((await w.back(refused)).status, 401);
  const wrong = await world(t, { secret: 'not the secret' });
  t.is((await wrong.back(await wrong.there())).status, 401);
  const away = await world(t);
  await away.provider.close();
  const seen = await away.v.get('/sign-in/upstream', at);
  t.is(seen.status, 502);
  t.notRegex(seen.text, /ECONNREFUSED|fetch failed/);
});

test('after the other provider, too, only a path of this origin is gone on to', async (t) => {
  const w = await world(t);
  await w.directory.addUser({ tenant: w.tenant, email: 'ann@example.com', role: 'manager' });
  t.is(location(await w.back(await w.there('//evil.example'))), '/');
});

test('another account with the address of somebody who came before is told what to do; the first goes on with another address', async (t) => {
  const w = await world(t);
  await w.directory.addUser({ tenant: w.tenant, email: 'ann@example.com', role: 'manager' });
  t.is((await w.back(await w.there())).status, 303);
  w.provider.person.sub = 'another';
  const refused = await w.back(await w.there());
  t.is(refused.status, 403);
  t.regex(refused.text, /belongs here to somebody who signs in with another account .*orgonaut user release/);
  Object.assign(w.provider.person, { sub: 'ann', email: 'ann.new@example.com', email_verified: false });
  t.is((await w.back(await w.there())).status, 303);
  t.regex((await w.v.get('/settings/tokens', at)).text, /ann@example\.com · manager/);
});

test('an address that is none, though the provider calls it verified, is nobody here and no fault; who came before goes on', async (t) => {
  const w = await world(t);
  for (const email of ['', 'ann', 'ann@', 'a b@example.com', 'ann@example.com\0', '<ann@example.com>', `${'x'.repeat(250)}@example.com`]) {
    w.provider.person.email = email;
    const refused = await w.back(await w.there());
    t.is(refused.status, 403, JSON.stringify(email));
    t.regex(refused.text, /not a member of this organisation/);
  }
  await w.directory.addUser({ tenant: w.tenant, email: 'ann@example.com', role: 'manager' });
  w.provider.person.email = 'ann@example.com';
  t.is((await w.back(await w.there())).status, 303);
  w.provider.person.email = 'ann';
  t.is((await w.back(await w.there())).status, 303);
});
