import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { statusGet } from '../src/mcp/discovery/status.ts';
import { place } from './eventstoredb/open.ts';
import { engine } from './support/engine.ts';
import { event } from './support/events.ts';

const until = async (what: () => Promise<boolean>): Promise<boolean> => {
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (await what()) return true;
    await sleep(20);
  }
  return false;
};

test('a copy that stands still says why, since when and what to do, and is as before once the cause is gone', async (t) => {
  const { db, server, open } = await place(t);
  const store = open({ attemptMs: 700, patienceMs: 2000 });
  const e = await engine(t, { db, store });
  await e.settle();
  const status = () => statusGet.run(e.deps, e.caller('owner'), {});
  // on a slow machine a first try may have been late: that is told and over by itself
  t.true(await until(async () => (await status()).up_to_date));
  t.true(await until(async () => isDeepStrictEqual(await store.copyStatus(), { led: true, trouble: undefined })));

  // away: nothing is appended meanwhile, so it is the connection alone that is told of
  await server.stop();
  t.true(await until(async () => (await status()).log.stuck !== undefined));
  const away = await status();
  t.false(away.up_to_date);
  t.is(away.log.stuck?.code, 'UNAVAILABLE');
  t.regex(away.log.stuck?.way_out ?? '', /EVENTSTORE_URL/);
  t.regex(away.log.stuck?.since ?? '', /^\d{4}-\d\d-\d\dT/);
  const first = (await store.copyStatus()).trouble;
  t.true(await until(async () => ((await store.copyStatus()).trouble?.attempts ?? 0) > (first?.attempts ?? 0)), 'it goes on trying');
  t.is((await store.copyStatus()).trouble?.first_at, first?.first_at, 'since the first try');
  await server.start();
  t.true(await until(async () => (await status()).up_to_date), 'and goes on by itself');

  // an event of another hand, in one of our streams: no try helps, and a reconnection does not hide it
  server.log.write('test:1:s', [
    { id: crypto.randomUUID(), type: 'X', contentType: 'application/json', data: Buffer.from('{}'), metadata: new Uint8Array() },
  ]);
  const isBroken = async () => {
    const { trouble } = await store.copyStatus();
    return trouble?.code === 'LOG_BROKEN' && trouble.attempts > 1;
  };
  t.true(await until(isBroken));
  const broken = await status();
  t.is(broken.log.stuck?.code, 'LOG_BROKEN');
  t.regex(broken.log.stuck?.way_out ?? '', /replay --verify/);
  t.notRegex(JSON.stringify(broken), /revision 0/, 'the message stays with whoever runs the service');
});

test('a copy that holds another event under the id of one on the server says LOG_DIVERGED, to every process', async (t) => {
  const { db, server, open } = await place(t);
  const store = open({ attemptMs: 700 });
  const one = event();
  await store.append(1, 's', 'no_stream', [one]);
  await store.close();
  // as after a restore of the database from a backup that is not this log's
  await db.pool.query('delete from log.copy_trouble');
  const admin = await import('pg').then(({ default: pg }) => new pg.Client({ connectionString: db.adminUrl }));
  await admin.connect();
  await admin.query(`set session_replication_role = 'replica'`);
  await admin.query(`update log.copy set commit_position = -1, prepare_position = -1`);
  await admin.query('delete from log.origin');
  await admin.query('update log.event set bytes = set_byte(bytes, 20, get_byte(bytes, 20) # 1)');
  await admin.end();
  const [again, other] = [open({ attemptMs: 700 }), open()];
  again.onAppend(() => {});
  t.true(await until(async () => (await other.copyStatus()).trouble?.code === 'LOG_DIVERGED'));
  const { trouble } = await other.copyStatus();
  t.is(trouble?.code, 'LOG_DIVERGED');
  t.regex(trouble?.message ?? '', /tenant 1, position 1/);
  t.is(server.log.all.length, 1);
});

test('a lease that nobody takes up any more is told of', async (t) => {
  const { db, open } = await place(t);
  const store = open();
  const e = await engine(t, { db, store });
  await e.settle();
  await store.close();
  const status = () => statusGet.run(e.deps, e.caller('owner'), {});
  t.true((await status()).up_to_date, 'a copier that left in order is no trouble: whoever comes takes over');
  await db.pool.query(`update log.copy set expires_at = clock_timestamp() - interval '1 minute'`);
  const stuck = (await status()).log.stuck;
  t.like(stuck, { code: 'UNAVAILABLE', attempts: 0 });
});
