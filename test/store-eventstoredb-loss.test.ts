import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { EventStoreDb } from '../src/store/eventstoredb/store.ts';
import { place } from './eventstoredb/open.ts';
import { event } from './support/events.ts';

const WRITERS = 16;
const APPENDS = 40;

test('16 writers on three processes, lost answers, a restarted server, a leader that stops dead: nothing lost, doubled or out of order', async (t) => {
  const { db, server, open } = await place(t);
  let dead = false;
  const { promise: forever, resolve: resurrect } = Promise.withResolvers<void>();
  t.teardown(resurrect);
  // the first leader stops dead in the middle of the run: it neither copies nor gives its lease back
  const stores = [open({ leaseMs: 800, attemptMs: 1000, beforeStep: async () => void (dead && (await forever)) })];
  await stores[0]?.append(1, 's-0', 'any', [event()]);
  stores.push(open({ leaseMs: 800, attemptMs: 1000 }), open({ leaseMs: 800, attemptMs: 1000 }));
  const acknowledged: { id: string; position: number }[] = [];

  const stop = new AbortController();
  const tails = stores.slice(1).map((store) => {
    const seen: { at: number; id: string }[] = [];
    const reading = (async () => {
      for await (const e of store.subscribe(1, 0, { signal: stop.signal, batch: 7 })) seen.push({ at: e.position, id: e.event_id });
    })();
    return { seen, reading };
  });

  const writer = async (w: number): Promise<void> => {
    for (let i = 0; i < APPENDS; i += 1) {
      const one = event({ w, i });
      const store = stores[1 + ((w + i) % 2)] as EventStoreDb;
      const { position } = await store.append(1, `s-${w % 5}`, 'any', [one]);
      acknowledged.push({ id: one.event_id, position });
      if (Math.random() < 0.05) server.faults[Math.random() < 0.5 ? 'loseAnswer' : 'unavailable'] += 1;
      await sleep(Math.random() * 3);
    }
  };
  const trouble = async (): Promise<void> => {
    const half = (WRITERS * APPENDS) / 2;
    while (acknowledged.length < half / 2) await sleep(5);
    dead = true;
    // its timer still renews: what a paused process would not do
    await db.pool.query(`update log.copy set holder = null, expires_at = clock_timestamp() + interval '800 milliseconds'`);
    while (acknowledged.length < half) await sleep(5);
    await server.stop();
    await sleep(150);
    await server.start();
  };
  await Promise.all([trouble(), ...Array.from({ length: WRITERS }, (_, w) => writer(w))]);
  const end = (await stores[1]?.heads())?.get(1) as number;
  for (let waited = 0; waited < 150_000 && tails.some((x) => x.seen.length < end); waited += 20) await sleep(20);
  stop.abort();
  await Promise.all(tails.map((x) => x.reading));

  t.is(end, WRITERS * APPENDS + 1);
  for (const { seen } of tails) {
    t.deepEqual(
      seen.map((s) => s.at),
      Array.from({ length: end }, (_, i) => i + 1),
    );
    t.is(new Set(seen.map((s) => s.id)).size, end);
    t.is(acknowledged.filter((a) => seen[a.position - 1]?.id !== a.id).length, 0, 'each answer names the place of its event');
  }
  // back among the living, the dead leader still holds what it had read
  resurrect();
  await sleep(200);
  t.is((await stores[1]?.verify(1))?.events, end);
  t.is((await stores[1]?.heads())?.get(1), end);
  const { rows } = await db.pool.query<{ dropped: string; fence: string }>(
    'select (select count(*) from log.dropped) as dropped, (select fence from log.copy) as fence',
  );
  t.log(`${end} events, lost 0; ${rows[0]?.dropped} repeats dropped by the copy, ${rows[0]?.fence} leaders`);
  t.true(Number(rows[0]?.fence) > 1, 'another process took over');
  t.true(server.appends > end, 'appends were repeated');
});
