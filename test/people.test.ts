import { hash, verify } from '@node-rs/argon2';
import test from 'ava';
import { hashPassword, passwordParameters, passwords } from '../src/access/passwords.ts';
import { code, PASSWORD, peopleWorld } from './support/access.ts';

const network = '203.0.113.9';

test('an invitation sets the first password, joins with its role and signs in, once', async (t) => {
  const { door, tenant, invite, events, directory } = await peopleWorld(t);
  const made = await invite('Ann@Example.com', 'manager');
  t.like(await door.invitations.find(tenant, made.secret), { email: 'ann@example.com', role: 'manager' });
  t.is(await code(door.acceptInvitation({ tenant, secret: made.secret, password: 'too short' })), 'INPUT_INVALID');
  const { cookie } = await door.acceptInvitation({ tenant, secret: made.secret, password: PASSWORD });
  t.like(await door.sessions.find(tenant, cookie), { email: 'ann@example.com', role: 'manager' });
  t.is(await code(door.acceptInvitation({ tenant, secret: made.secret, password: PASSWORD })), 'NOT_FOUND', 'used');
  t.is(await door.invitations.find(tenant, made.secret), undefined);
  t.is((await directory.listUsers(tenant)).length, 1);
  t.deepEqual(
    (await events()).map((ev) => ev.type),
    ['InvitationMade', 'UserAdded', 'InvitationAccepted', 'PasswordSet', 'SignedIn'],
  );
  t.false(JSON.stringify(await events()).includes('example.com'), 'no address stands in the log');
});

test('an invitation that expired, was altered, belongs to another tenant or was followed by a used one opens nothing', async (t) => {
  const { door, tenant, invite, later, directory } = await peopleWorld(t);
  const { tenant: other } = await directory.createTenant('other');
  const first = await invite('ann@example.com');
  const second = await invite('ann@example.com');
  t.is(await code(door.acceptInvitation({ tenant: other, secret: first.secret, password: PASSWORD })), 'NOT_FOUND');
  t.is(await code(door.acceptInvitation({ tenant, secret: `${first.secret.slice(0, -2)}__`, password: PASSWORD })), 'NOT_FOUND');
  await door.acceptInvitation({ tenant, secret: second.secret, password: PASSWORD });
  t.is(await code(door.acceptInvitation({ tenant, secret: first.secret, password: PASSWORD })), 'NOT_FOUND');
  const late = await invite('bob@example.com');
  later(7 * 86_400_000);
  t.is(await code(door.acceptInvitation({ tenant, secret: late.secret, password: PASSWORD })), 'NOT_FOUND');
});

test('two at one moment cannot both use an invitation', async (t) => {
  const { door, tenant, invite } = await peopleWorld(t);
  const { secret } = await invite('ann@example.com');
  const tries = await Promise.all(
    ['one two three four', 'five six seven eight'].map((password) => code(door.acceptInvitation({ tenant, secret, password }))),
  );
  t.deepEqual(tries.sort(), ['NOT_FOUND', 'accepted']);
});

test('an invitation to a member sets a new password, keeps the role and ends the sessions there were', async (t) => {
  const { door, tenant, invite, join, events, directory } = await peopleWorld(t);
  const { cookie } = await join('ann@example.com', 'viewer');
  t.is(await code(invite('ann@example.com', 'owner')), 'INPUT_INVALID', 'a link is no way to another role');
  const again = await door.invitations.make({ tenant, email: 'ann@example.com' });
  const [ann] = await directory.listUsers(tenant);
  await invite('new@example.com', 'member');
  const [toMember, toStranger] = (await events()).filter((ev) => ev.type === 'InvitationMade').slice(-2);
  t.like(toMember?.data, { role: 'viewer', user_id: ann?.user_id }, 'it says who can change their password by it');
  t.false('user_id' in Object(toStranger?.data), 'who is no member yet is nobody here');
  await door.acceptInvitation({ tenant, secret: again.secret, password: 'another long password' });
  t.is(await door.sessions.find(tenant, cookie), undefined);
  t.is((await door.signIn({ tenant, email: 'ann@example.com', password: PASSWORD, network })).status, 'wrong');
  t.is((await door.signIn({ tenant, email: 'ann@example.com', password: 'another long password', network })).status, 'in');
});

test('a password of one tenant opens no other, even for the same address', async (t) => {
  const { door, tenant, join, directory } = await peopleWorld(t);
  const { tenant: other } = await directory.createTenant('other');
  await join('ann@example.com');
  const { cookie } = await join('ann@example.com', 'viewer', other, 'the other password');
  t.is((await door.signIn({ tenant, email: 'ann@example.com', password: 'the other password', network })).status, 'wrong');
  t.is(await door.sessions.find(tenant, cookie), undefined, 'nor does its session');
  await join('bob@example.com', 'owner', other);
  t.is((await door.signIn({ tenant, email: 'bob@example.com', password: PASSWORD, network })).status, 'wrong', 'who is there alone');
  for (const at of [tenant, other]) await directory.addUser({ tenant: at, email: 'bob@example.com', role: 'viewer' });
  t.is(
    (await door.signIn({ tenant, email: 'bob@example.com', password: PASSWORD, network })).status,
    'wrong',
    'a member of both, with a password there',
  );
  t.is((await door.signIn({ tenant: other, email: 'bob@example.com', password: PASSWORD, network })).status, 'in');
});

test('wrong, unknown and without a password are one answer', async (t) => {
  const { door, tenant, join, directory } = await peopleWorld(t);
  await join('ann@example.com');
  await directory.addUser({ tenant, email: 'bob@example.com', role: 'viewer' });
  for (const email of ['ann@example.com', 'bob@example.com', 'nobody@example.com', 'no address', ''])
    t.deepEqual(await door.signIn({ tenant, email, password: 'wrong', network: '' }), { status: 'wrong' }, email);
  t.is((await door.signIn({ tenant, email: ' ANN@example.com ', password: PASSWORD, network })).status, 'in');
});

test('an address that nobody has, or that has no password, costs the same hash as one that has', async (t) => {
  const { e, parts, tenant, join, directory } = await peopleWorld(t);
  await join('ann@example.com');
  await directory.addUser({ tenant, email: 'bob@example.com', role: 'viewer' });
  const compared: string[] = [];
  const known = passwords(e.sql, parts, async (hashed, password) => {
    compared.push(hashed.split('$').slice(0, 4).join('$'));
    return verify(hashed, password);
  });
  for (const email of ['ann@example.com', 'bob@example.com', 'nobody@example.com'])
    t.is(await known.check(tenant, email, 'wrong'), undefined);
  t.deepEqual(compared, Array(3).fill('$argon2id$v=19$m=19456,t=2,p=1'));
  t.is(await known.check(tenant, 'nobody@example.com', 'the password of nobody'), undefined, 'what is compared with opens nothing');
});

test('only hashes of passwords, cookies and invitations are kept, and sign-in limits hold no address', async (t) => {
  const { e, door, tenant, join, invite } = await peopleWorld(t);
  const { cookie } = await join('ann@example.com');
  const { secret } = await invite('bob@example.com');
  await door.signIn({ tenant, email: 'ann@example.com', password: 'wrong', network });
  for (const table of ['password', 'web_session', 'invitation', 'outbox', 'sign_in_limit']) {
    const rows = JSON.stringify(await e.sql.query(`select t.*, t::text as whole from access.${table} t`));
    for (const word of [PASSWORD, cookie, secret]) t.false(rows.includes(word), table);
    if (table === 'sign_in_limit') t.false(rows.includes('ann') || rows.includes(network));
  }
  const [row] = await e.sql.query<{ hash: string }>('select hash from access.password');
  t.regex(row?.hash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('a hash of other parameters is made again at the next sign-in', async (t) => {
  const { e, door, tenant, join } = await peopleWorld(t);
  await join('ann@example.com');
  const weak = await hash(PASSWORD, { ...passwordParameters, timeCost: 1 });
  await e.sql.query('update access.password set hash = $1', [weak]);
  t.is((await door.signIn({ tenant, email: 'ann@example.com', password: 'wrong', network })).status, 'wrong');
  const stored = async () => (await e.sql.query<{ hash: string }>('select hash from access.password'))[0]?.hash ?? '';
  t.is(await stored(), weak);
  t.is((await door.signIn({ tenant, email: 'ann@example.com', password: PASSWORD, network })).status, 'in');
  t.regex(await stored(), /t=2,p=1/);
  const before = await stored();
  await door.signIn({ tenant, email: 'ann@example.com', password: PASSWORD, network });
  t.is(await stored(), before);
});

test('passwords are 12 to 200 characters, not the address, not one letter over and over, and the same however they are typed', async (t) => {
  const { door, tenant, directory } = await peopleWorld(t);
  await directory.addUser({ tenant, email: 'ann@example.com', role: 'owner' });
  const set = (password: string) => code(door.setPassword({ tenant, email: 'ann@example.com', password }));
  for (const wrong of ['', 'elevenchars', 'x'.repeat(40), 'ann@example.com!', 'ab'.repeat(101)])
    t.is(await set(wrong), 'INPUT_INVALID', wrong);
  t.is(await set('Zwölf Boxkämpfer'), 'accepted');
  t.is((await door.signIn({ tenant, email: 'ann@example.com', password: 'Zwölf Boxkämpfer'.normalize('NFD'), network })).status, 'in');
  t.is(await code(door.setPassword({ tenant, email: 'nobody@example.com', password: PASSWORD })), 'NOT_FOUND');
  t.not(await hashPassword(PASSWORD), await hashPassword(PASSWORD), 'salted');
});

test('a session ends by itself after a week, and after twelve hours without use; signing out ends it for good', async (t) => {
  const { door, tenant, join, later, events } = await peopleWorld(t);
  const { cookie } = await join('ann@example.com');
  const found = async () => (await door.sessions.find(tenant, cookie)) !== undefined;
  for (let hours = 0; hours < 7 * 24 - 11; hours += 11) {
    t.true(await found());
    later(11 * 3_600_000);
  }
  later(12 * 3_600_000);
  t.false(await found(), 'a week');
  const next = await door.signIn({ tenant, email: 'ann@example.com', password: PASSWORD, network });
  if (next.status !== 'in') throw new Error(next.status);
  later(12 * 3_600_000);
  t.is(await door.sessions.find(tenant, next.cookie), undefined, 'idle');
  const last = await door.signIn({ tenant, email: 'ann@example.com', password: PASSWORD, network });
  if (last.status !== 'in') throw new Error(last.status);
  t.truthy(await door.sessions.find(tenant, last.cookie));
  await door.signOut(tenant, last.cookie);
  await door.signOut(tenant, last.cookie);
  t.is(await door.sessions.find(tenant, last.cookie), undefined);
  t.is((await events()).filter((ev) => ev.type === 'SignedOut').length, 1);
});

test('an address that the upstream provider vouches for is let in when it is a member or invited, and not otherwise', async (t) => {
  const { door, tenant, join, invite, directory } = await peopleWorld(t);
  await join('ann@example.com');
  await invite('bob@example.com', 'viewer');
  const enter = async (email: string) =>
    (await door.signInUpstream({ tenant, issuer: 'https://id.example', subject: email.toLowerCase(), email })).status;
  t.is(await enter('ANN@example.com'), 'in');
  t.is(await enter('bob@example.com'), 'in');
  t.is(await enter('bob@example.com'), 'in');
  t.is(await enter('eve@example.com'), 'wrong');
  t.deepEqual(
    (await directory.listUsers(tenant)).map((u) => `${u.email} ${u.role}`),
    ['ann@example.com owner', 'bob@example.com viewer'],
  );
});

test('who came once from another provider is known by the subject, whatever the address has become; the address alone lets nobody else in', async (t) => {
  const { door, tenant, join, invite, events, directory, e } = await peopleWorld(t);
  const ann = await join('ann@example.com');
  await join('bob@example.com');
  const { tenant: other } = await directory.createTenant('other');
  await join('ann@example.com', 'viewer', other);
  const issuer = 'https://id.example';
  const come = (subject: string, email?: string, of = tenant) =>
    door.signInUpstream({ tenant: of, issuer, subject, ...(email === undefined ? {} : { email }) });
  const userOf = async (cookie: string) => (await door.sessions.find(tenant, cookie))?.email;
  const as = async (subject: string, email?: string) => {
    const done = await come(subject, email);
    return done.status === 'in' ? userOf(done.cookie) : done.status;
  };
  t.is(await as('a1'), 'unverified', 'nobody knows a1 yet');
  t.is(await as('a1', 'ann@example.com'), 'ann@example.com');
  t.is(await as('a1', 'ann.new@example.com'), 'ann@example.com', 'married since');
  t.is(await as('a1', 'bob@example.com'), 'ann@example.com', 'the address of somebody else changes nothing');
  t.is(await as('a1'), 'ann@example.com');
  t.is(await as('a2', 'ann@example.com'), 'taken', 'the address was given to somebody new');
  t.is((await come('a2', 'ann@example.com', other)).status, 'taken', 'in a tenant where the first never came, too');
  t.is((await come('a1', undefined, other)).status, 'in');
  t.is((await door.signInUpstream({ tenant, issuer: 'https://another.example', subject: 'a2', email: 'ann@example.com' })).status, 'in');
  await invite('cy@example.com', 'viewer');
  const both = await Promise.all([come('c1', 'cy@example.com'), come('c2', 'cy@example.com'), come('c1', 'cy@example.com')]);
  t.true(both.some((b) => b.status === 'in') && both.some((b) => b.status === 'taken'), JSON.stringify(both.map((b) => b.status)));
  const cookie = both.flatMap((b) => (b.status === 'in' ? [b.cookie] : []))[0];
  const { user_id, released } = await door.releaseUpstream({ tenant, email: 'ann@example.com' });
  t.is(released, 2);
  t.is(await door.sessions.find(tenant, ann.cookie), undefined);
  t.truthy(await door.sessions.find(tenant, cookie), 'of nobody else');
  t.is(await as('a2', 'ann@example.com'), 'ann@example.com');
  t.is(await as('a1', 'ann@example.com'), 'taken');
  t.is(await code(door.releaseUpstream({ tenant, email: 'eve@example.com' })), 'NOT_FOUND');
  const told = (await events()).filter((ev) => ev.type.startsWith('Upstream') && ev.data.user_id === user_id);
  t.deepEqual(
    told.map((ev) => ev.type),
    ['UpstreamBound', 'UpstreamRefused', 'UpstreamBound', 'UpstreamReleased', 'UpstreamReleased', 'UpstreamBound', 'UpstreamRefused'],
  );
  t.is((await e.sql.query('select 1 from access.upstream_identity where subject like $1', ['c%'])).length, 1);
});
