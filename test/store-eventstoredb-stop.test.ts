import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import pg from 'pg';
import { openClient } from '../src/store/eventstoredb/client.ts';
import { Copier } from '../src/store/eventstoredb/copier.ts';
import { streamNames } from '../src/store/eventstoredb/names.ts';
import { place } from './eventstoredb/open.ts';

test('a copy that is asked to stop while it takes the lead stops', async (t) => {
  const { db, server } = await place(t);
  const pool = new pg.Pool({ connectionString: db.url, max: 2 });
  const client = openClient(server.url);
  const copier = new Copier({ client, pool, names: streamNames('test'), attemptMs: 2000, grew: () => {}, onError: () => {} });
  let stopped: Promise<void> | undefined;
  const query = pool.query.bind(pool) as (...asked: unknown[]) => Promise<unknown>;
  pool.query = ((...asked: unknown[]) => {
    if (String(asked[0]).startsWith('select commit_position')) stopped = copier.stop();
    return query(...asked);
  }) as typeof pool.query;
  copier.start();
  while (!stopped) await sleep(10);
  t.is(await Promise.race([stopped.then(() => 'stopped'), sleep(100_000, 'goes on', { ref: false })]), 'stopped');
  await client.dispose();
  await pool.end();
});
