import type { ExecutionContext, TestFn } from 'ava';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../src/domain/codes.ts';
import {
  type EventStore,
  type ExpectedRevision,
  IdempotencyMismatch,
  OutcomeUnknown,
  RevisionConflict,
  type StoredEvent,
} from '../src/store/port.ts';
import { event, eventList, noise } from './support/events.ts';

/** A store with a log of its own, and what the contract needs to do to it. */
export interface StoreUnderTest {
  store: EventStore;
  /** Another process's store on the same log. */
  another(): EventStore;
  /** Everything behind the store goes away; comes back. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** What is behind it takes requests without answering: 'appends' where the log is written, 'all' where it is read too. */
  answerNothing(what: 'appends' | 'all'): void;
  /** How many events the log has, asked past everything that can be cut. */
  landed(): Promise<number>;
}

/** Waits until so many events have arrived behind the store, whose answers are missing. */
const untilLanded = async ({ landed }: StoreUnderTest, events: number): Promise<void> => {
  while ((await landed()) < events) await sleep(5);
};

/** What every adapter of the event store must do. Each test gets a fresh log. */
export const storeContract = (test: TestFn, name: string, make: (t: ExecutionContext) => Promise<StoreUnderTest>): void => {
  const it = (title: string, run: (t: ExecutionContext, s: StoreUnderTest) => Promise<void>): void =>
    void test(`${name}: ${title}`, async (t) => run(t, await make(t)));

  const conflict = async (t: ExecutionContext, work: Promise<unknown>, actual: number | 'no_stream', message?: string): Promise<void> => {
    const error = await t.throwsAsync(work, { instanceOf: RevisionConflict }, message);
    t.is((error as RevisionConflict | undefined)?.actual, actual, message);
  };

  it('every expected revision is really checked, and a conflict carries the real one', async (t, { store }) => {
    const table: [length: number, expected: ExpectedRevision, accepted: boolean][] = [
      [0, 'no_stream', true],
      [0, 'stream_exists', false],
      [0, 'any', true],
      [0, 0, false],
      [0, 3, false],
      [1, 'no_stream', false],
      [1, 'stream_exists', true],
      [1, 'any', true],
      [1, 0, true],
      [1, 1, false],
      [3, 'no_stream', false],
      [3, 'stream_exists', true],
      [3, 'any', true],
      [3, 0, false],
      [3, 1, false],
      [3, 2, true],
      [3, 3, false],
    ];
    for (const [i, [length, expected, accepted]] of table.entries()) {
      const stream = `truth-${i}`;
      if (length > 0) await store.append(1, stream, 'no_stream', eventList(length));
      const row = `a stream of ${length}, expected ${expected}`;
      if (accepted) t.is((await store.append(1, stream, expected, eventList(2))).revision, length + 1, row);
      else await conflict(t, store.append(1, stream, expected, eventList(2)), length === 0 ? 'no_stream' : length - 1, row);
      t.is((await store.readStream(1, stream)).length, length + (accepted ? 2 : 0), row);
    }
  });

  it('the same append again gives the first result, whatever happened since', async (t, { store, another }) => {
    const first = eventList(2);
    const exact = eventList(2);
    const any = eventList(3);
    const exists = eventList(1);
    const results = [
      await store.append(1, 's', 'no_stream', first),
      await store.append(1, 's', 1, exact),
      await store.append(1, 's', 'any', any),
      await store.append(1, 's', 'stream_exists', exists),
    ];
    await store.append(1, 's', 'any', eventList(2));
    const again = another();
    const repeats = [
      await again.append(1, 's', 'no_stream', first),
      await again.append(1, 's', 1, exact),
      await again.append(1, 's', 'any', any),
      await again.append(1, 's', 'stream_exists', exists),
    ];
    t.deepEqual(
      repeats,
      results.map((r) => ({ ...r, repeated: true })),
    );
    t.is((await store.readLog(1, 0, 100)).length, 10);
  });

  it('a partly repeated or otherwise used id is an error and writes nothing', async (t, { store }) => {
    const [a, b, c] = [event(), event(), event()];
    await store.append(1, 's', 'no_stream', [a, b, c]);
    const mismatch = (title: string, expected: ExpectedRevision, events: Parameters<EventStore['append']>[3], stream = 's') =>
      t.throwsAsync(store.append(1, stream, expected, events), { instanceOf: IdempotencyMismatch }, title);
    for (const expected of ['no_stream', 'any', 'stream_exists'] as const) {
      await mismatch(`${expected}: old, then new`, expected, [a, event()]);
      await mismatch(`${expected}: new, then old`, expected, [event(), b]);
      await mismatch(`${expected}: all and more`, expected, [a, b, c, event()]);
      await mismatch(`${expected}: out of order`, expected, [b, a]);
    }
    await mismatch('with the exact revision, ids that stand elsewhere', 2, [a]);
    await mismatch('from another place', 0, [a, b]);
    await mismatch('in another stream', 'any', [a], 'other');
    const twice = event();
    await mismatch('twice in one append', 'any', [twice, twice]);
    await conflict(t, store.append(1, 's', 'no_stream', [event()]), 2, 'different ids are a conflict');
    t.is((await store.append(1, 's', 0, [b, c])).position, 3, 'a repeat of a part that is whole by itself');
    t.is((await store.readLog(1, 0, 100)).length, 3);
    t.deepEqual(await store.readStream(1, 'other'), []);
  });

  it('writers of one moment share a group, and each keeps its own outcome', async (t, { store, another }) => {
    await store.append(1, 'contested', 'no_stream', [event()]);
    const stores = [store, another()];
    const contested = Array.from({ length: 60 }, (_, i) => (stores[i % 2] as EventStore).append(1, 'contested', 0, [event()]));
    const free = Array.from({ length: 60 }, (_, i) => (stores[i % 2] as EventStore).append(1, `free-${i}`, 'no_stream', eventList(2)));
    const repeated = event();
    const same = Array.from({ length: 20 }, (_, i) => (stores[i % 2] as EventStore).append(1, 'same', 'any', [repeated]));
    const [won, , ones] = await Promise.all([Promise.allSettled(contested), Promise.all(free), Promise.all(same)]);
    t.is(won.filter((w) => w.status === 'fulfilled').length, 1);
    for (const w of won) if (w.status === 'rejected') t.is((w.reason as RevisionConflict).actual, 1);
    t.is(new Set(ones.map((o) => o.position)).size, 1);
    t.is(ones.filter((o) => !o.repeated).length, 1);
    const log = await store.readLog(1, 0, 1000);
    t.deepEqual(
      log.map((e) => e.position),
      Array.from({ length: 1 + 1 + 120 + 1 }, (_, i) => i + 1),
    );
  });

  it('positions are gapless per tenant, and the answers name the events that were written', async (t, { store, another }) => {
    const other = another();
    const results = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const events = eventList(1 + (i % 3));
        const { position, revision } = await (i % 2 ? store : other).append(1 + (i % 2), `s-${i % 7}`, 'any', events);
        return { tenant: 1 + (i % 2), id: events.at(-1)?.event_id, position, revision };
      }),
    );
    for (const tenant of [1, 2]) {
      const log = await store.readLog(tenant, 0, 1000);
      t.deepEqual(
        log.map((e) => e.position),
        log.map((_, i) => i + 1),
      );
      t.is((await store.heads()).get(tenant), log.length);
      for (const r of results.filter((x) => x.tenant === tenant)) {
        const found = log[r.position - 1] as StoredEvent;
        t.deepEqual([found.event_id, found.revision, found.tenant], [r.id, r.revision, tenant]);
      }
      for (let s = 0; s < 7; s += 1) {
        const stream = await store.readStream(tenant, `s-${s}`);
        t.deepEqual(
          stream.map((e) => e.revision),
          stream.map((_, i) => i),
        );
        t.deepEqual(
          stream,
          log.filter((e) => e.stream === `s-${s}`),
        );
        const last = stream.at(-1);
        t.deepEqual(await store.head(tenant, `s-${s}`), last && { revision: last.revision, position: last.position });
      }
    }
    t.is(await store.head(1, 'nothing'), undefined);
    t.deepEqual(await store.readLog(3, 0, 10), []);
  });

  it('what was appended is read back, and pages meet without gap or overlap', async (t, { store }) => {
    const events = Array.from({ length: 57 }, (_, i) =>
      event({ i, text: 'Zoë 組織 \u0000 "quoted"', amount: '1234567890123456789.10', nested: [{ b: null, a: true }] }),
    );
    await store.append(1, 's', 'no_stream', events);
    const read = await store.readLog(1, 0, 100);
    t.deepEqual(
      read.map(({ tenant: _t, stream: _s, position: _p, revision: _r, bytes: _b, ...e }) => e),
      events,
    );
    t.deepEqual(JSON.parse(Buffer.from((read[3] as StoredEvent).bytes).toString()), { ...events[3], tenant: 1, stream: 's' });
    const pages: string[] = [];
    for (let after = 0, page = await store.readLog(1, 0, 10); page.length > 0; page = await store.readLog(1, after, 10)) {
      t.true(page.length <= 10);
      pages.push(...page.map((e) => e.event_id));
      after = page.at(-1)?.position ?? after;
    }
    t.deepEqual(
      pages,
      events.map((e) => e.event_id),
    );
    t.deepEqual(
      (await store.readStream(1, 's', 50, 4)).map((e) => e.revision),
      [50, 51, 52, 53],
    );
    t.deepEqual(await store.readStream(1, 's', 57), []);
  });

  it('a subscription from any point gets every later event once, in order, also what other processes write', async (t, {
    store,
    another,
  }) => {
    await store.append(1, 's', 'no_stream', eventList(7));
    const other = another();
    const stop = new AbortController();
    const followers = Array.from({ length: 8 }, (_, after) =>
      (async () => {
        const seen: number[] = [];
        for await (const e of store.subscribe(1, after, { signal: stop.signal, batch: 3 })) {
          seen.push(e.position);
          if (e.position === 20) break;
        }
        return seen;
      })(),
    );
    for (let i = 0; i < 13; i += 1) await (i % 2 ? store : other).append(1, 'live', 'any', [event()]);
    for (const [after, seen] of (await Promise.all(followers)).entries())
      t.deepEqual(
        seen,
        Array.from({ length: 20 - after }, (_, i) => after + 1 + i),
      );
    const idle = (async () => {
      for await (const _ of store.subscribe(1, 20, { signal: stop.signal })) t.fail('there is nothing after 20');
    })();
    stop.abort();
    await idle;
  });

  it('an append by another process wakes listeners', async (t, { store, another }) => {
    const other = another();
    const heard: number[] = [];
    const off = store.onAppend((tenant) => heard.push(tenant));
    // the first may be written before the store listens
    for (let i = 0; i < 1000 && !heard.includes(5); i += 1) {
      await other.append(5, 's', 'any', [event()]);
      await sleep(50);
    }
    t.true(heard.includes(5));
    off();
    heard.length = 0;
    await store.append(5, 's', 'any', [event()]);
    t.deepEqual(heard, []);
  });

  it('large appends arrive whole; an event above 1 MB is refused and nothing written', async (t, { store }) => {
    t.is((await store.append(1, 'many', 'no_stream', eventList(5000))).position, 5000);
    // what an EventStoreDB can be told to take at once lies below 16 MiB
    const big = Array.from({ length: 16 }, () => event({ text: noise(900_000) }));
    t.is((await store.append(1, 'big', 'no_stream', big)).position, 5016);
    t.deepEqual(
      (await store.readStream(1, 'big')).map((e) => e.data),
      big.map((e) => e.data),
    );
    const error = await t.throwsAsync(store.append(1, 'big', 15, [event(), event({ text: noise(1_000_000) })]), { instanceOf: Refusal });
    t.is((error as Refusal).code, 'TOO_LARGE');
    t.is((await store.heads()).get(1), 5016);
  });

  it('who cancels before it was sent learns that nothing happened; who cancels after, that nobody knows', async (t, {
    store,
    answerNothing,
    comeBack,
  }) => {
    await store.append(1, 's', 'no_stream', [event()]);
    await t.throwsAsync(store.append(1, 's', 0, [event()], { signal: AbortSignal.abort(new Error('no longer wanted')) }), {
      message: 'no longer wanted',
    });
    await Promise.all(Array.from({ length: 6 }, () => store.head(1, 's')));
    await sleep(100);
    answerNothing('all');
    const sent = event();
    const stop = new AbortController();
    const lost = store.append(1, 's', 0, [sent], { signal: stop.signal });
    await sleep(200);
    const queued = new AbortController();
    const waiting = store.append(1, 's', 'any', [event()], { signal: queued.signal });
    await sleep(20);
    queued.abort(new Error('not sent yet'));
    await t.throwsAsync(waiting, { message: 'not sent yet' });
    stop.abort();
    await t.throwsAsync(lost, { instanceOf: OutcomeUnknown });
    await t.throwsAsync(store.readLog(1, 0, 10, { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
    await comeBack();
    t.is((await store.append(1, 's', 0, [sent])).revision, 1, 'repeating with the same ids settles it');
    t.is((await store.readStream(1, 's')).length, 2);
  });

  it('a lost answer is asked for again, and the event stands once', async (t, under) => {
    const { store, answerNothing, comeBack } = under;
    await store.append(1, 's', 'no_stream', [event()]);
    // open connections lie ready, so that the next requests go out at once and only their answers are missing
    await Promise.all(Array.from({ length: 6 }, () => store.head(1, 's')));
    await sleep(100);
    answerNothing('appends');
    const appends = [
      store.append(1, 's', 0, eventList(3)),
      store.append(1, 'other', 'any', eventList(2)),
      store.append(1, 'third', 'no_stream', [event()]),
    ];
    await untilLanded(under, 7);
    await comeBack();
    const results = await Promise.all(appends);
    t.deepEqual(
      results.map((r) => [r.revision, r.repeated]),
      [
        [3, true],
        [1, true],
        [0, true],
      ],
    );
    t.is((await store.readLog(1, 0, 100)).length, 7);
  });

  it('a database that goes away and returns loses no append, no read and no subscriber', async (t, { store, goAway, comeBack }) => {
    await store.append(1, 's', 'no_stream', [event()]);
    const stop = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const e of store.subscribe(1, 0, { signal: stop.signal })) {
        seen.push(e.position);
        if (e.position === 12) return;
      }
    })();
    while (seen.length === 0) await sleep(5);
    await goAway();
    const appends = Promise.all(Array.from({ length: 10 }, (_, i) => store.append(1, `s-${i}`, 'no_stream', [event()])));
    const read = store.readLog(1, 0, 1);
    await sleep(400);
    await comeBack();
    await appends;
    t.is((await read).length, 1);
    await store.append(1, 's', 0, [event()]);
    await following;
    stop.abort();
    t.deepEqual(
      seen,
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
  });

  it('personal fields are not in the bytes, are read back, and read as erased without their key', async (t, { store }) => {
    const id = '0197e5e0-0000-7000-8000-00000000000a';
    const changes = [
      { type: 'ActorAdded', id, personal: { name: 'Ada Lovelace', email: null } },
      { type: 'ActorExited', id },
    ];
    await store.append(1, 's', 'no_stream', [event({ changes })]);
    const [read] = await store.readLog(1, 0, 1);
    t.deepEqual(read?.data, { changes });
    t.false(
      Buffer.from(read?.bytes ?? [])
        .toString()
        .includes('Lovelace'),
    );
  });
};
