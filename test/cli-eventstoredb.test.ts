import { fileURLToPath } from 'node:url';
import test from 'ava';
import pg from 'pg';
import { eventStoreServer } from './eventstoredb/server.ts';
import { type Environment, orgonaut } from './support/cli.ts';
import { freshDatabase } from './support/database.ts';

const company = fileURLToPath(new URL('../fixtures/demo-company.csv', import.meta.url));

test('commands work on EventStoreDB as on PostgreSQL, and a log moves between the two with equal digests', async (t) => {
  const db = await freshDatabase(t);
  const server = await eventStoreServer(t);
  const here: Environment = { DATABASE_URL: db.adminUrl, MASTER_KEY: '07'.repeat(32), LOG_LEVEL: 'silent' };
  const there: Environment = { ...here, EVENTSTORE_URL: server.url };
  const run = async (env: Environment, ...args: string[]) => {
    const ran = await orgonaut([...args, '--json'], env);
    return { ...ran.json, exit: ran.code, stderr: ran.stderr } as Record<string, unknown> & { exit: number | null; stderr: string };
  };
  t.like(await run(there, 'tenant', 'create', '--slug', 'acme', '--name', 'Acme', '--currency', 'EUR'), { exit: 0, created: true });
  const imported = await run(there, 'import', '--tenant', 'acme', '--file', company);
  t.is(imported.exit, 0, imported.stderr);
  t.true(server.log.all.length > 3);
  t.true(server.log.all.every((e) => /^[0-9a-f]{12}:1:/.test(e.stream)));

  const replayed = await run(there, 'replay', '--tenant', 'acme', '--verify');
  t.like(replayed, { exit: 0, equal: true, events: server.log.all.length });
  t.like(await run(here, 'tenant', 'set', '--tenant', 'acme', '--name', 'Other'), { exit: 2, error: { code: 'LOG_ELSEWHERE' } });

  const back = await run(here, 'log', 'copy', '--tenant', 'acme', '--from', server.url);
  t.like(back, { exit: 0, moved: true, equal: true, direction: 'from', events: replayed.events });
  t.is(back.from_digest, back.to_digest);
  t.like(await run(here, 'tenant', 'set', '--tenant', 'acme', '--name', 'Other'), { exit: 0 });
  const gone = await run(there, 'log', 'copy', '--tenant', 'acme', '--to');
  t.like(gone, { exit: 0, moved: true, equal: true, direction: 'to' });
  const again = await run(there, 'replay', '--tenant', 'acme', '--verify');
  t.like(again, { exit: 0, equal: true, events: gone.events });

  const kept = server.log.all[2]?.data as Uint8Array;
  kept[kept.length - 20] = (kept[kept.length - 20] as number) ^ 1;
  t.like(await run(there, 'replay', '--tenant', 'acme', '--verify'), { exit: 1 });
  const checked = await run(there, 'doctor');
  t.regex(JSON.stringify(checked), /"event store".*answers/);
  t.regex(JSON.stringify(checked), /"copy of the event store","state":"ok"/);
  // what a leader of the copy leaves there when it finds something else
  const admin = new pg.Client({ connectionString: db.adminUrl });
  await admin.connect();
  await admin.query(`insert into log.copy_trouble (code, message) values ('LOG_DIVERGED', 'tenant 1, position 3: another')`);
  await admin.end();
  await server.stop();
  const wrong = await run(there, 'doctor');
  t.regex(JSON.stringify(wrong), /"event store","state":"wrong"/);
  t.regex(
    JSON.stringify(wrong),
    /"copy of the event store","state":"wrong","found":"[^"]*LOG_DIVERGED tenant 1, position 3[^"]*","way_out":"[^"]*replay --verify/,
  );
});

test('both directions at once, or none, are refused, and a wrong connection string is not repeated', async (t) => {
  const db = await freshDatabase(t);
  const env: Environment = { DATABASE_URL: db.adminUrl, MASTER_KEY: '07'.repeat(32), LOG_LEVEL: 'silent' };
  t.like((await orgonaut(['log', 'copy', '--tenant', 'acme', '--json'], env)).json, { error: { code: 'INPUT_INVALID' } });
  const wrong = await orgonaut(['tenant', 'list'], { ...env, EVENTSTORE_URL: 'http://admin:changeit@host:2113' });
  t.is(wrong.code, 3);
  t.regex(wrong.stderr, /EVENTSTORE_URL is wrong: it must be a connection string like/);
  t.notRegex(wrong.stderr, /changeit/);
});
