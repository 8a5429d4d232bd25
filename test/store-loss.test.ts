import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import pg from 'pg';
import { postgresStore } from '../src/store/postgres/store.ts';
import { freshDatabase } from './support/database.ts';
import { event } from './support/events.ts';

const WRITERS = 16;
const APPENDS = 120;
const READERS = 3;

/** What a reader saw against what was written: lost, seen twice, seen out of order. */
const judge = (seen: readonly { at: number; id: string }[], written: ReadonlySet<string>) => {
  const ids = seen.map((s) => s.id);
  return {
    lost: [...written].filter((id) => !ids.includes(id)).length,
    invented: ids.filter((id) => !written.has(id)).length,
    duplicated: ids.length - new Set(ids).size,
    out_of_order: seen.filter((s, i) => i > 0 && s.at <= (seen[i - 1] as { at: number }).at).length,
  };
};

/**
 * A transaction as a writer under load makes it: the append, then a pause of its own before the commit, and 5 % rolled back.
 * The store itself never pauses there; other writers of the table (and a slow machine) do.
 */
const pausedTransaction = async (pool: pg.Pool, work: (client: pg.PoolClient) => Promise<string>): Promise<string | undefined> => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const id = await work(client);
    await sleep(Math.random() * 4);
    const rollback = Math.random() < 0.05;
    await client.query(rollback ? 'rollback' : 'commit');
    return rollback ? undefined : id;
  } finally {
    client.release();
  }
};

const appendSql = `select outcome, position from log.append(1, array[$1], array[-2]::bigint[], array[1], array[$2]::uuid[], array['BaselineChanged'],
  array[now()], array[length($3::bytea)], $3::bytea)`;

const bytesOf = (id: string, stream: string): Buffer => Buffer.from(JSON.stringify({ ...event({}, id), tenant: 1, stream }));

test('16 writers with pauses and rollbacks beside tailing readers: nothing lost, doubled or out of order; a sequence cursor loses', async (t) => {
  const db = await freshDatabase(t);
  const pool = new pg.Pool({ connectionString: db.adminUrl, max: WRITERS + 4 });
  t.teardown(() => pool.end());
  await pool.query('create table naive (number bigserial primary key, id uuid not null)');
  await pool.query('insert into log.tenant values (1)');
  const store = postgresStore(db.pool, db.keys);
  t.teardown(() => store.close());

  const written = { store: new Set<string>(), naive: new Set<string>() };
  let writing = true;

  const storeWriter = async (w: number): Promise<void> => {
    for (let i = 0; i < APPENDS; i += 1) {
      const { event_id, ...rest } = event({ w, i });
      const stream = `s-${w % 5}`;
      if (i % 3 === 0) {
        const id = await pausedTransaction(pool, async (client) => {
          const { rows } = await client.query<{ outcome: string }>(appendSql, [stream, event_id, bytesOf(event_id, stream)]);
          t.is(rows[0]?.outcome, 'appended');
          return event_id;
        });
        if (id) written.store.add(id);
      } else {
        await store.append(1, stream, 'any', [{ event_id, ...rest }]);
        written.store.add(event_id);
      }
      await sleep(Math.random() * 3);
    }
  };

  const naiveWriter = async (): Promise<void> => {
    for (let i = 0; i < APPENDS; i += 1) {
      const id = await pausedTransaction(pool, async (client) => {
        const { rows } = await client.query<{ id: string }>('insert into naive (id) values (gen_random_uuid()) returning id');
        return rows[0]?.id as string;
      });
      if (id) written.naive.add(id);
      await sleep(Math.random() * 3);
    }
  };

  const naiveReader = async (): Promise<{ at: number; id: string }[]> => {
    const seen: { at: number; id: string }[] = [];
    for (let last = false; ; last = !writing) {
      const { rows } = await db.pool.query<{ number: string; id: string }>(
        'select number, id from public.naive where number > $1 order by number',
        [seen.at(-1)?.at ?? 0],
      );
      seen.push(...rows.map((r) => ({ at: Number(r.number), id: r.id })));
      if (last) return seen;
      await sleep(1);
    }
  };

  const stop = new AbortController();
  const tails = Array.from({ length: READERS }, (_, r) => {
    const own = postgresStore(db.pool, db.keys);
    t.teardown(() => own.close());
    const seen: { at: number; id: string }[] = [];
    const reading = (async () => {
      for await (const e of own.subscribe(1, 0, { signal: stop.signal, batch: 1 + r * 50 })) seen.push({ at: e.position, id: e.event_id });
    })();
    return { seen, reading };
  });

  await pool.query('grant select on naive to orgonaut_service');
  const naiveReading = naiveReader();
  await Promise.all([...Array.from({ length: WRITERS }, (_, w) => storeWriter(w)), ...Array.from({ length: WRITERS / 4 }, naiveWriter)]);
  writing = false;
  const end = (await store.heads()).get(1);
  const patience = Date.now() + 120_000;
  while (tails.some((x) => x.seen.at(-1)?.at !== end) && Date.now() < patience) await sleep(10);
  stop.abort();
  await Promise.all(tails.map((x) => x.reading));

  t.is(end, written.store.size);
  for (const { seen } of tails) {
    t.deepEqual(judge(seen, written.store), { lost: 0, invented: 0, duplicated: 0, out_of_order: 0 });
    t.deepEqual(
      seen.map((s) => s.at),
      seen.map((_, i) => i + 1),
    );
  }
  const naive = judge(await naiveReading, written.naive);
  t.log(`${written.store.size} events, ${READERS} readers: lost 0; the sequence cursor lost ${naive.lost} of ${written.naive.size}`);
  t.true(naive.lost > 0, 'this test would not see a loss');
});
