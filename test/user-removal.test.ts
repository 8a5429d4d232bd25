import test, { type ExecutionContext } from 'ava';
import { Refusal } from '../src/domain/codes.ts';
import { streams } from '../src/domain/events.ts';
import { rotateKeys } from '../src/oauth/rotate-keys.ts';
import { secretBox } from '../src/database/secret-box.ts';
import { newId } from './support/engine.ts';
import { rawCall, rpcHeaders } from './support/mcp.ts';
import { connect, oauthWorld, type OauthWorld, token } from './support/oauth.ts';

const PASSWORD = 'correct horse battery staple';
const ANN = 'manager1@acme.example';
const issuer = 'https://id.example';

const code = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'accepted';
};

const events = async (w: OauthWorld, tenant = w.e.tenant) =>
  (await w.e.store.readStream(tenant, streams.access(tenant))).map((ev) => ({ type: ev.type, data: ev.data as Record<string, unknown> }));

const calls = async (w: OauthWorld, bearer: string, tool = 'status.get', args = {}) => {
  const { status, headers, text } = await w.raw({ headers: rpcHeaders(bearer), body: JSON.stringify(rawCall(tool, args)) });
  return { status, challenge: String(headers['www-authenticate']), text };
};

const shut = async (t: ExecutionContext, w: OauthWorld, bearer: string): Promise<void> => {
  const { status, challenge } = await calls(w, bearer);
  t.is(status, 401);
  t.regex(challenge, /error="invalid_token"/);
};

/** Ann, a manager, with everything that opens a tenant; Olga is its owner. */
const world = async (t: ExecutionContext) => {
  const w = await oauthWorld(t);
  const { tenant } = w.e;
  await w.directory.addUser({ tenant, email: 'olga@acme.example', role: 'owner' });
  const { secret } = await w.people.invitations.make({ tenant, email: ANN, role: 'manager' });
  const { cookie } = await w.people.acceptInvitation({ tenant, secret, password: PASSWORD });
  // The browser is another session of hers: she is the world's first person in this role.
  const { browser, user_id } = await w.person('manager');
  const manual = await w.directory.createToken({ tenant, name: 'desk', user: ANN });
  const over = await w.directory.createToken({ tenant, name: 'old', user: ANN });
  await w.directory.revokeToken({ tenant, token_id: over.token_id });
  const apps = [await connect(w.url, browser), await connect(w.url, browser)] as const;
  const upstream = () => w.people.signInUpstream({ tenant, issuer, subject: 'ann', email: ANN });
  const bound = await upstream();
  if (bound.status !== 'in') throw new Error(bound.status);
  return { w, tenant, user_id, manual, apps, upstream, cookies: [cookie, bound.cookie] };
};

test('who is removed is out at once, by every way they had, and what ended is told', async (t) => {
  const { w, tenant, user_id, manual, apps, upstream, cookies } = await world(t);
  await w.e.givenBaseline([]);
  const made = await calls(w, manual.token, 'scenario.create', { name: 'Of Ann', idempotency_key: newId() });
  t.regex(made.text, /scenario_id/);
  const open = await w.people.invitations.make({ tenant, email: ANN });
  const before = (await events(w)).length;
  t.like(await w.people.remove({ tenant, email: ` ${ANN.toUpperCase()}` }), {
    user_id,
    tokens: 1,
    apps: 2,
    sessions: 3,
    invitations: 1,
    released: 1,
  });
  for (const bearer of [manual.token, ...apps.map((a) => a.access_token)]) await shut(t, w, bearer);
  const { client_id, refresh_token } = apps[0];
  const refused = await token(w.url, { grant_type: 'refresh_token', client_id, refresh_token });
  t.is(refused.status, 400);
  t.is(refused.json().error, 'invalid_grant');
  for (const cookie of cookies) t.is(await w.people.sessions.find(tenant, cookie), undefined);
  t.is(await w.people.invitations.find(tenant, open.secret), undefined);
  t.is((await w.people.signIn({ tenant, email: ANN, password: PASSWORD, network: '203.0.113.9' })).status, 'wrong');
  t.is((await upstream()).status, 'wrong');
  t.false((await w.directory.listUsers(tenant)).some((u) => u.user_id === user_id));

  const told = (await events(w)).slice(before);
  t.deepEqual(
    told.map((ev) => ev.type),
    ['TokenRevoked', 'AppRevoked', 'AppRevoked', 'UpstreamReleased', 'UserRemoved'],
  );
  t.deepEqual(told.at(-1)?.data, { user_id });
  t.false(JSON.stringify(told).includes('acme.example'), 'no address stands in the log');
  t.is(await code(w.people.remove({ tenant, email: ANN })), 'NOT_FOUND', 'once');
  t.is((await events(w)).length, before + told.length);

  await w.e.settle();
  const owner = (await w.directory.createToken({ tenant, name: 'owner', user: 'olga@acme.example' })).token;
  t.regex((await calls(w, owner, 'audit.events', { type: 'UserRemoved' })).text, new RegExp(`User ${user_id} removed\\.`));
  t.regex((await calls(w, owner, 'scenario.list')).text, /Of Ann/, 'the private scenario of who left stays with the owner');
});

test('who is added again begins with no session, password, token, app or account elsewhere', async (t) => {
  const { w, tenant, user_id, manual, apps, cookies } = await world(t);
  await w.people.remove({ tenant, email: ANN });
  const again = await w.directory.addUser({ tenant, email: ANN, role: 'owner' });
  t.is(again.user_id, user_id, 'the log knows one person');
  for (const bearer of [manual.token, ...apps.map((a) => a.access_token)]) await shut(t, w, bearer);
  for (const { client_id, refresh_token } of apps)
    t.is((await token(w.url, { grant_type: 'refresh_token', client_id, refresh_token })).json().error, 'invalid_grant');
  for (const cookie of cookies) t.is(await w.people.sessions.find(tenant, cookie), undefined);
  t.is((await w.people.signIn({ tenant, email: ANN, password: PASSWORD, network: '203.0.113.9' })).status, 'wrong');
  t.deepEqual(await w.apps.list(tenant), []);
  t.deepEqual(await w.directory.listTokens(tenant), []);
  t.is((await w.people.signInUpstream({ tenant, issuer, subject: 'another', email: ANN })).status, 'in', 'nobody holds the address there');
});

test('another tenant of the same person keeps what it has, the account at the other provider too', async (t) => {
  const { w, tenant, upstream } = await world(t);
  const other = await w.tenant('other');
  await w.directory.addUser({ tenant: other, email: ANN, role: 'manager' });
  const there = await w.directory.createToken({ tenant: other, name: 'there', user: ANN });
  const invited = await w.people.invitations.make({ tenant: other, email: ANN });
  const { cookie } = await w.people.sessions.open(other, there.user_id);
  t.is((await w.people.remove({ tenant, email: ANN })).released, 0);
  t.is((await w.directory.verifyToken(there.token)).status, 'valid');
  t.truthy(await w.people.sessions.find(other, cookie));
  t.truthy(await w.people.invitations.find(other, invited.secret));
  t.is((await upstream()).status, 'wrong');
  t.is((await w.people.signInUpstream({ tenant: other, issuer, subject: 'ann' })).status, 'in');
  t.is(await code(w.people.remove({ tenant: other, email: 'olga@acme.example' })), 'NOT_FOUND', 'a member of the first alone');
});

test('the last person who is owner stays, whoever asks at the same moment; a service is no owner who could let others in', async (t) => {
  const { w, tenant } = await world(t);
  await w.directory.createToken({ tenant, name: 'robot', role: 'owner' });
  const olga = 'olga@acme.example';
  const before = (await events(w)).length;
  const invited = await w.people.invitations.make({ tenant, email: olga });
  t.is(await code(w.people.remove({ tenant, email: olga })), 'LAST_OWNER');
  t.is((await events(w)).length, before + 1);
  t.truthy(await w.people.invitations.find(tenant, invited.secret), 'nothing of it was done');
  await w.directory.addUser({ tenant, email: ANN, role: 'owner' });
  const both = await Promise.all([olga, ANN].map((email) => code(w.people.remove({ tenant, email }))));
  t.deepEqual(both.sort(), ['LAST_OWNER', 'accepted']);
  t.is((await w.directory.listUsers(tenant)).filter((u) => u.role === 'owner' && u.email !== null).length, 1);
});

test('keys that are replaced by hand are told in the access stream of their tenant, by the public id alone', async (t) => {
  const w = await oauthWorld(t);
  const other = await w.tenant('other');
  const parts = { store: w.e.store, now: w.e.deps.now, newId: () => newId(), secrets: secretBox(Buffer.alloc(32, 7)) };
  const { kid } = await rotateKeys(w.e.sql, parts, { tenant: w.e.tenant });
  t.deepEqual((await events(w)).at(-1), { type: 'KeysRotated', data: { key_id: kid } });
  t.deepEqual(await events(w, other), []);
  await w.e.settle();
  const owner = (await w.directory.createToken({ tenant: w.e.tenant, name: 'owner', role: 'owner' })).token;
  const said = await calls(w, owner, 'audit.events', { type: 'KeysRotated' });
  t.regex(said.text, new RegExp(`Keys of the authorization server replaced; the new signing key is ${kid}\\.`));
});
