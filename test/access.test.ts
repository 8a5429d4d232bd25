import { MikroORM } from '@mikro-orm/postgresql';
import test from 'ava';
import { accessDeliverer } from '../src/access/deliverer.ts';
import { accessEntities } from '../src/access/entities.ts';
import type { TokenVerdict } from '../src/access/types.ts';
import { accessWorld, code } from './support/access.ts';

const DAY = 86_400_000;

const valid = (verdict: TokenVerdict) => {
  if (verdict.status !== 'valid') throw new Error(`the token is ${verdict.status}`);
  return verdict;
};

test('a slug has one tenant number for good, and a slug that is no host label is refused', async (t) => {
  const { directory, tenant } = await accessWorld(t);
  t.deepEqual(await directory.createTenant('acme'), { tenant, created: false });
  const other = await directory.createTenant('acme-2');
  t.true(other.created && other.tenant !== tenant);
  t.deepEqual(await directory.findTenant('ACME'), { tenant, slug: 'acme' });
  t.is(await directory.findTenant('nobody'), undefined);
  for (const slug of ['', 'Acme', 'a_b', '-a', 'a-', 'a--b', 'a.b', 'x'.repeat(64)])
    t.is(await code(directory.createTenant(slug)), 'INPUT_INVALID', slug);
});

test('a token is shown once, kept as a hash only, and names its holder with the abilities of the role narrowed by its scopes', async (t) => {
  const { e, directory, tenant } = await accessWorld(t);
  const made = await directory.createToken({
    tenant,
    name: 'reader',
    role: 'viewer',
    abilities: ['org-units.read', 'costs.read', 'audit.read'],
  });
  t.regex(made.token, /^ogn_[A-Za-z0-9_-]{43}$/);
  const verdict = valid(await directory.verifyToken(made.token));
  t.deepEqual([...verdict.caller.abilities].sort(), ['costs.read', 'org-units.read'], 'a viewer has no audit.read to keep');
  t.is(verdict.caller.tenantSlug, 'acme');
  t.deepEqual(verdict.caller.with, { kind: 'token', id: made.token_id, name: 'reader' });
  t.true(verdict.scopes.includes('mcp.access'), 'a narrowed token still opens MCP');
  const secret = made.token.slice(4);
  for (const table of ['token', 'outbox', 'app_user', 'membership']) {
    const rows = JSON.stringify(await e.sql.query(`select * from access.${table}`));
    t.false(rows.includes(secret), table);
  }
  const log = await e.sql.query<{ text: string }>("select convert_from(bytes, 'UTF8') as text from log.event");
  t.true(log.length > 0 && log.every((row) => !row.text.includes(secret)));
});

test('a token that is unknown, altered by one character, expired or revoked opens nothing, and only its holder learns why', async (t) => {
  const { directory, tenant, later } = await accessWorld(t);
  const made = await directory.createToken({ tenant, name: 'a', role: 'viewer' });
  const last = made.token.at(-1) === 'A' ? 'B' : 'A';
  for (const wrong of [
    '',
    'ogn_',
    'x',
    `${made.token.slice(0, -2)}${last}${last}`,
    `${made.token} `,
    made.token.toUpperCase(),
    "ogn_' or 1=1 --",
  ])
    t.deepEqual(await directory.verifyToken(wrong), { status: 'unknown' }, wrong);
  t.is(made.expires_at, '2026-03-31T09:00:00.000Z', '30 days');
  later(30 * DAY - 1);
  t.is((await directory.verifyToken(made.token)).status, 'valid');
  later(1);
  t.deepEqual(await directory.verifyToken(made.token), { status: 'expired', at: '2026-03-31T09:00:00.000Z' });

  const other = await directory.createToken({ tenant, name: 'b', role: 'viewer', expires: null });
  later(4000 * DAY);
  t.is((await directory.verifyToken(other.token)).status, 'valid', 'never expires');
  t.deepEqual(await directory.revokeToken({ tenant, token_id: other.token_id }), { revoked: true });
  t.is((await directory.verifyToken(other.token)).status, 'revoked');
  t.deepEqual(await directory.revokeToken({ tenant, token_id: other.token_id }), { revoked: false });
});

test('a token of another tenant cannot be revoked from here', async (t) => {
  const { directory, tenant } = await accessWorld(t);
  const { tenant: other } = await directory.createTenant('other');
  const theirs = await directory.createToken({ tenant: other, name: 'x', role: 'viewer' });
  t.is(await code(directory.revokeToken({ tenant, token_id: theirs.token_id })), 'NOT_FOUND');
  t.is(await code(directory.revokeToken({ tenant, token_id: 'not an id' })), 'NOT_FOUND');
  t.is((await directory.verifyToken(theirs.token)).status, 'valid');
});

test('the last use is recorded, at most once a minute', async (t) => {
  const { directory, tenant, later } = await accessWorld(t);
  const made = await directory.createToken({ tenant, name: 'a', role: 'viewer' });
  const lastUse = async () => (await directory.listTokens(tenant))[0]?.last_used_at;
  t.is(await lastUse(), null);
  await directory.verifyToken(made.token);
  t.is(await lastUse(), '2026-03-01T09:00:00.000Z');
  later(59_000);
  await directory.verifyToken(made.token);
  t.is(await lastUse(), '2026-03-01T09:00:00.000Z');
  later(2_000);
  await directory.verifyToken(made.token);
  t.is(await lastUse(), '2026-03-01T09:01:01.000Z');
});

test('two tokens of one address are one user, two services are two, and a role said twice must be the same', async (t) => {
  const { directory, tenant } = await accessWorld(t);
  const a = await directory.createToken({ tenant, name: 'laptop', user: 'Ann@Example.com', role: 'manager' });
  const b = await directory.createToken({ tenant, name: 'phone', user: 'ann@example.com' });
  t.is(a.user_id, b.user_id);
  t.is(await code(directory.createToken({ tenant, name: 'x', user: 'ann@example.com', role: 'owner' })), 'INPUT_INVALID');
  t.is(await code(directory.createToken({ tenant, name: 'x', user: 'new@example.com' })), 'INPUT_INVALID', 'a new user needs a role');
  const s1 = await directory.createToken({ tenant, name: 'job', role: 'viewer' });
  const s2 = await directory.createToken({ tenant, name: 'job', role: 'owner' });
  t.not(s1.user_id, s2.user_id);
  t.is(valid(await directory.verifyToken(s1.token)).caller.role, 'viewer');
  t.is(valid(await directory.verifyToken(a.token)).caller.user.label, 'ann@example.com');
  for (const wrong of [
    { role: 'king' },
    { role: 'viewer', abilities: ['all'] },
    { role: 'viewer', user: 'no address' },
    { role: 'viewer', name: ' ' },
  ])
    t.is(await code(directory.createToken({ tenant, name: 'x', ...wrong })), 'INPUT_INVALID', JSON.stringify(wrong));
  t.is(await code(directory.createToken({ tenant: 999, name: 'x', role: 'viewer' })), 'NOT_FOUND');
});

test('tokens made for one new address at one moment are one user with one role', async (t) => {
  const { directory, tenant, events } = await accessWorld(t);
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, i) => directory.createToken({ tenant, name: `t${i}`, user: 'new@example.com', role: 'viewer' })),
  );
  t.is(new Set(made.map((m) => m.user_id)).size, 1);
  t.is((await directory.listUsers(tenant)).length, 1);
  await directory.deliver();
  const types = (await events()).map((r) => r.type);
  t.is(types.filter((x) => x === 'UserAdded').length, 1);
  t.is(types.filter((x) => x === 'TokenCreated').length, 8);
});

test('a changed role holds at once for every token of the user', async (t) => {
  const { directory, tenant } = await accessWorld(t);
  const made = await directory.createToken({ tenant, name: 'a', user: 'ann@example.com', role: 'owner' });
  await directory.addUser({ tenant, email: 'ann@example.com', role: 'member' });
  const { caller } = valid(await directory.verifyToken(made.token));
  t.is(caller.role, 'member');
  t.false(caller.abilities.has('costs.read'));
});

test('what happens to users and tokens stands in the access stream, in order and once', async (t) => {
  const { directory, tenant, events } = await accessWorld(t);
  const made = await directory.createToken({ tenant, name: 'a', user: 'ann@example.com', role: 'owner' });
  await directory.addUser({ tenant, email: 'ann@example.com', role: 'admin' });
  await directory.addUser({ tenant, email: 'ann@example.com', role: 'admin' });
  await directory.revokeToken({ tenant, token_id: made.token_id });
  t.is(await directory.deliver(), 0, 'all delivered already');
  t.deepEqual(await events(), [
    { type: 'UserAdded', data: { role: 'owner', user_id: made.user_id } },
    {
      type: 'TokenCreated',
      data: { abilities: [], expires_at: '2026-03-31T09:00:00.000Z', name: 'a', token_id: made.token_id, user_id: made.user_id },
    },
    { type: 'RoleChanged', data: { role: 'admin', user_id: made.user_id } },
    { type: 'TokenRevoked', data: { token_id: made.token_id, user_id: made.user_id } },
  ]);
});

test('a change whose event cannot be delivered stands, and the event follows once the log is back', async (t) => {
  let away: 'before' | 'after' | false = false;
  const { directory, tenant, events } = await accessWorld(t, (real) => ({
    ...real,
    append: async (...args) => {
      if (away === 'before') throw new Error('the log is away');
      const result = await real.append(...args);
      // The append happened, but its caller never hears of it: the delivery must not store it twice.
      if (away === 'after') throw new Error('the answer is lost');
      return result;
    },
  }));
  away = 'before';
  await directory.addUser({ tenant, email: 'a@example.com', role: 'viewer' });
  away = 'after';
  await directory.addUser({ tenant, email: 'b@example.com', role: 'viewer' });
  t.is((await directory.listUsers(tenant)).length, 2);
  away = false;
  t.true((await directory.deliver()) > 0);
  t.is(await directory.deliver(), 0);
  t.is((await events()).length, 2);
});

test('the deliverer sweeps at its start and again after a failure, which it reports, until it is stopped', async (t) => {
  let away = true;
  const { directory, tenant, events } = await accessWorld(t, (real) => ({
    ...real,
    append: (...args) => (away ? Promise.reject(new Error('the log is away')) : real.append(...args)),
  }));
  await directory.addUser({ tenant, email: 'a@example.com', role: 'viewer' });
  const errors: unknown[] = [];
  const deliverer = accessDeliverer(directory, (error) => void errors.push(error), 10);
  t.teardown(() => deliverer.stop());
  deliverer.start();
  while (errors.length < 2) await new Promise((r) => setTimeout(r, 5));
  t.deepEqual(await events(), []);
  away = false;
  while ((await events()).length === 0) await new Promise((r) => setTimeout(r, 5));
  await deliverer.stop();
  t.is((await events()).length, 1);
});

test('the mapped entities are the tables that the migrations make', async (t) => {
  const { e } = await accessWorld(t);
  const orm = await MikroORM.init({ clientUrl: e.db.url, entities: accessEntities, pool: { min: 0, max: 1 } });
  t.teardown(() => orm.close(true));
  const columns = await e.sql.query<{ table: string; column: string; nullable: boolean }>(
    `select table_name as "table", column_name as "column", is_nullable = 'YES' as nullable from information_schema.columns where table_schema = 'access'`,
  );
  const mapped = accessEntities.flatMap((entity) => {
    const meta = orm.getMetadata().get(entity.meta.class);
    return meta.props.map((p) => ({ table: meta.tableName, column: p.name, nullable: p.nullable ?? false }));
  });
  const sorted = (rows: { table: string; column: string; nullable: boolean }[]) =>
    rows.map((r) => `${r.table}.${r.column}${r.nullable ? '?' : ''}`).sort();
  t.deepEqual(sorted(mapped), sorted(columns));
  await Promise.all(accessEntities.map((entity) => orm.em.fork().find(entity.meta.class, {})));
});
