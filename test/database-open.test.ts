import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import pg from 'pg';
import { unfit } from '../src/database/fit.ts';
import { allMigrations, migrate } from '../src/database/migrate.ts';
import { openDatabase } from '../src/database/open.ts';
import { postgresStore } from '../src/store/postgres/store.ts';
import { testCluster } from './support/database.ts';
import { emptyDatabase } from './support/empty-database.ts';
import { event } from './support/events.ts';

interface Teardown {
  teardown(fn: () => unknown): void;
}

const newDir = (t: Teardown): string => {
  const dir = mkdtempSync(join(tmpdir(), 'orgonaut-open-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

test('processes that open and migrate an empty database at once get one schema, and work as the service role', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  const dataDir = newDir(t);
  const opened = await Promise.all(Array.from({ length: 3 }, () => openDatabase({ databaseUrl, dataDir })));
  const ran = await Promise.all(opened.map((d) => migrate(d.adminUrl, allMigrations, d.role)));
  t.deepEqual(ran.flat().sort(), allMigrations.map((m) => m.name).sort(), 'each migration ran once');
  t.deepEqual(await migrate(databaseUrl), []);

  const [database] = opened as [Awaited<ReturnType<typeof openDatabase>>];
  const { rows } = await database.pool.query(`select current_user as who, session_user as login, current_setting('search_path') as path`);
  t.is(rows[0].who, database.role);
  t.is(rows[0].path, 'read_v1');
  t.not(rows[0].login, new URL(databaseUrl).username);

  const store = postgresStore(database.pool, database.keys);
  t.is((await store.append(1, 's', 'no_stream', [event()])).position, 1);
  await database.pool.query('create schema replay_1; create table replay_1.x (n int); drop schema replay_1 cascade');
  for (const sql of ['delete from log.event', 'reset role; delete from log.event', `insert into log.event select * from log.event`])
    await t.throwsAsync(database.pool.query(sql), { code: '42501' }, sql);
  await store.close();
  for (const d of opened) await d.close();
});

test('a migration that fails leaves nothing behind, and runs again when it is mended', async (t) => {
  const databaseUrl = await emptyDatabase(t);
  const good = { name: 'a', up: 'create table first (n int)' };
  await t.throwsAsync(migrate(databaseUrl, [good, { name: 'b', up: 'create table second (n int); select 1/0' }]), {
    message: /division by zero/,
  });
  t.deepEqual(await migrate(databaseUrl, [good, { name: 'b', up: `create table second (n int); select '?' as question` }]), ['a', 'b']);
});

test('a database that does not answer is said at once', async (t) => {
  await t.throwsAsync(openDatabase({ databaseUrl: 'postgres://x:y@127.0.0.1:1/z', dataDir: newDir(t) }), { code: 'ECONNREFUSED' });
});

test('a database that this software cannot work on is refused before anything is made there, and says why', async (t) => {
  const cluster = await testCluster();
  const databaseUrl = await emptyDatabase(t);
  const admin = new pg.Client({ connectionString: cluster.adminUrl('postgres') });
  await admin.connect();
  const name = new URL(databaseUrl).pathname.slice(1);
  const refused = (message: RegExp) => t.throwsAsync(openDatabase({ databaseUrl, dataDir: newDir(t) }), { message });
  await admin.query(`alter database ${name} set default_transaction_read_only = on`);
  await refused(/it is read-only/);
  await admin.query(`drop database ${name}`);
  await admin.query(
    `create database ${name} owner ${name} template template0 encoding 'LATIN1' locale_provider libc lc_collate 'C' lc_ctype 'C'`,
  );
  await refused(/its encoding is LATIN1/);
  await admin.end();
  const fit = { version: 150_000, encoding: 'UTF8', lower: 'äi', readOnly: false, empty: true };
  t.is(unfit(fit), undefined);
  t.is(unfit({ ...fit, encoding: 'LATIN1', empty: false }), undefined, 'one that is in use stays in use');
  t.is(unfit({ ...fit, version: 140_011 }), 'it is PostgreSQL 14: give it 15 or newer');
});
