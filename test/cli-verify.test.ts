import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import pg from 'pg';
import { dataFolder, orgonaut, startServe } from './support/cli.ts';

/** The embedded database as its superuser, as nobody but a saboteur would use it. */
const superuser = async (dataDir: string): Promise<pg.Client> => {
  const record = JSON.parse(readFileSync(join(dataDir, 'database', 'cluster.json'), 'utf8')) as { port: number; password: string };
  const client = new pg.Client({ host: '127.0.0.1', port: record.port, user: 'postgres', password: record.password, database: 'orgonaut' });
  await client.connect();
  return client;
};

test.serial('replay --verify names the row that was changed by hand, and where the log is broken; both exit with 1', async (t) => {
  const data = dataFolder(t);
  const env = { DATA_DIR: data };
  const serve = await startServe(env);
  const client = await superuser(data);
  const verify = () => orgonaut(['replay', '--tenant', 'demo', '--verify', '--json'], env);

  const {
    rows: [row],
  } = await client.query(
    "update read_v1.position_version set title = 'Chief Saboteur' where title = 'Chief Executive Officer' returning id",
  );
  const unequal = await verify();
  t.is(unequal.code, 1);
  t.false(unequal.json.equal);
  t.like(unequal.json.first_difference, { table: 'position_version', id: row.id });
  t.true(unequal.stderr.includes('position_version') && unequal.stderr.includes(row.id));
  const told = await orgonaut(['replay', '--tenant', 'demo'], env);
  t.is(told.code, 0, 'without --verify it only tells');
  t.regex(told.stdout, /Unequal/);

  await client.query("update read_v1.position_version set title = 'Chief Executive Officer' where title = 'Chief Saboteur'");
  const equal = await verify();
  t.is(equal.code, 0);
  t.not(equal.json.live_digest, unequal.json.live_digest);
  t.is(equal.json.live_digest, equal.json.replayed_digest);

  await client.query('set session_replication_role = replica');
  await client.query('delete from log.event where tenant = 1 and position = 3');
  const broken = await verify();
  t.is(broken.code, 1);
  t.is(broken.json.error.code, 'LOG_BROKEN');
  t.regex(broken.json.error.message, /\b3\b/);
  const doctor = await orgonaut(['doctor', '--json'], env);
  t.is(doctor.code, 1);
  t.regex(JSON.stringify(doctor.json.checks), /"name":"log of demo","state":"wrong"/);
  await client.end();
  await serve.stop();
});
