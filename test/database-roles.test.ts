import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import pg from 'pg';
import { allMigrations, migrate } from '../src/database/migrate.ts';
import { type Database, openDatabase } from '../src/database/open.ts';
import { SERVICE_ROLE } from '../src/database/role.ts';
import { allowLogin } from '../src/database/service-role.ts';
import { postgresStore } from '../src/store/postgres/store.ts';
import { testCluster } from './support/database.ts';
import { emptyDatabase } from './support/empty-database.ts';
import { event } from './support/events.ts';

const newDir = (t: ExecutionContext): string => {
  const dir = mkdtempSync(join(tmpdir(), 'orgonaut-roles-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

const connected = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const onServer = async <T>(work: (superuser: pg.Client) => Promise<T>): Promise<T> =>
  connected((await testCluster()).adminUrl('postgres'), work);

const append = async ({ pool, keys }: Database, expected: 'no_stream' | number): Promise<number> => {
  const store = postgresStore(pool, keys);
  const { position } = await store.append(1, 's', expected, [event()]);
  await store.close();
  return position;
};

const reading = ['select from access.token', 'select from log.event', 'select from read_v1.entity_change', 'select from log.personal_key'];

test('of two installations on one server neither reaches the database of the other', async (t) => {
  const [one, other] = [await emptyDatabase(t), await emptyDatabase(t)];
  const installed: Database[] = [];
  for (const databaseUrl of [one, other]) {
    const database = await openDatabase({ databaseUrl, dataDir: newDir(t) });
    await migrate(database.adminUrl, allMigrations, database.role);
    t.is(await append(database, 'no_stream'), 1);
    installed.push(database);
  }
  const [first, second] = installed as [Database, Database];
  t.not(first.role, second.role);
  const across = new URL(first.url);
  across.pathname = new URL(other).pathname;
  await connected(across.href, async (intruder) => {
    for (const sql of [...reading, `set role ${second.role}`, 'create schema mine'])
      await t.throwsAsync(intruder.query(sql), { code: '42501' }, sql);
  });
  for (const sql of reading) await t.notThrowsAsync(first.pool.query(sql), sql);
  for (const database of installed) await database.close();
});

/** What an earlier version made: a login that is a member of the one role of the whole server. */
const asBefore = async (t: ExecutionContext): Promise<{ databaseUrl: string; dataDir: string; login: string; url: string }> => {
  const databaseUrl = await emptyDatabase(t);
  const dataDir = newDir(t);
  const admin = decodeURIComponent(new URL(databaseUrl).username);
  await onServer(async (superuser) => {
    await superuser.query(
      `do $$ begin if not exists (select from pg_roles where rolname = '${SERVICE_ROLE}') then create role ${SERVICE_ROLE} nologin; end if; end $$`,
    );
    await superuser.query(`grant ${SERVICE_ROLE} to ${admin} with admin option`);
  });
  t.teardown(() => onServer((superuser) => superuser.query(`revoke ${SERVICE_ROLE} from ${admin} cascade`)));
  const { url, close } = await openDatabase({ databaseUrl, dataDir });
  await close();
  const { username: login, password } = new URL(url);
  await connected(databaseUrl, (client) => allowLogin(client, login, password, SERVICE_ROLE));
  await migrate(databaseUrl);
  await connected(url, async (client) => {
    t.is((await client.query('select current_user as who')).rows[0].who, SERVICE_ROLE);
    await client.query('create schema kept; create table kept.x (n int)');
    await client.query('insert into log.tenant values (1)');
  });
  return { databaseUrl, dataDir, login, url };
};

test('a database of the role that all installations shared gets a role of its own at the next start, and works as before', async (t) => {
  const { databaseUrl, dataDir, login, url } = await asBefore(t);
  const running = new pg.Client({ connectionString: url });
  running.on('error', () => {});
  await running.connect();
  const ended = new Promise<void>((resolve) => running.once('end', () => resolve()));
  const opened = await Promise.all([1, 2].map(() => openDatabase({ databaseUrl, dataDir })));
  const [database] = opened as [Database, Database];
  t.is(database.role, `${login}_service`);
  t.is(opened[1]?.role, database.role);
  await ended;
  t.deepEqual(await migrate(databaseUrl, allMigrations, database.role), []);
  t.is(await append(database, 'no_stream'), 1);
  for (const sql of ['insert into kept.x values (1)', `update log.copy set holder = null`, 'create schema more', ...reading])
    await t.notThrowsAsync(database.pool.query(sql), sql);
  for (const sql of ['delete from log.event', 'update log.copy set commit_position = 0', `set role ${SERVICE_ROLE}`])
    await t.throwsAsync(database.pool.query(sql), { code: '42501' }, sql);
  for (const d of opened) await d.close();

  const inIt = new URL((await testCluster()).adminUrl(new URL(databaseUrl).pathname.slice(1)));
  await connected(inIt.href, async (superuser) => {
    await superuser.query(`set role ${SERVICE_ROLE}`);
    for (const sql of [...reading, 'insert into kept.x values (2)'])
      await t.throwsAsync(superuser.query(sql), { code: '42501' }, `the shared role: ${sql}`);
  });
});

test('where no role may be made any more the database keeps the shared one, and works', async (t) => {
  const { databaseUrl, dataDir, login } = await asBefore(t);
  const admin = new URL(databaseUrl).username;
  await onServer(async (superuser) => {
    await superuser.query(`drop role ${login}_service`);
    await superuser.query(`alter role ${admin} nocreaterole`);
  });
  const database = await openDatabase({ databaseUrl, dataDir });
  t.is(database.role, SERVICE_ROLE);
  t.is(await append(database, 'no_stream'), 1);
  await database.close();
});

test('a database that was restored without its roles is refused with what to do', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  await connected(databaseUrl, (client) => client.query('create schema access'));
  await t.throwsAsync(openDatabase({ databaseUrl, dataDir: newDir(t) }), { message: /pg_dumpall --roles-only/ });
});
