import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { Refusal } from '../src/domain/codes.ts';
import { type EventStore, RevisionConflict } from '../src/store/port.ts';
import { place } from './eventstoredb/open.ts';
import { eventStoreServer } from './eventstoredb/server.ts';
import { event, eventList } from './support/events.ts';

const foreign = (type: string, text = '{}') => ({
  id: crypto.randomUUID(),
  type,
  contentType: 'application/json',
  data: Buffer.from(text),
  metadata: new Uint8Array(),
});

const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  for (let waited = 0; waited < 150_000 && !(await what()); waited += 10) await sleep(10);
};

const idsOf = async (store: EventStore, tenant = 1): Promise<string[]> => (await store.readLog(tenant, 0, 10_000)).map((e) => e.event_id);

test('an append whose answer is lost stands once, whatever was expected, even when the server has forgotten its ids', async (t) => {
  const { server, open } = await place(t);
  const store = open({ attemptMs: 500 });
  await store.append(1, 's', 'no_stream', [event()]);
  const written = [...(await idsOf(store))];
  for (const fault of ['loseAnswer', 'keepSilent'] as const)
    for (const expected of ['any', 'stream_exists', 'exact'] as const) {
      const events = eventList(3);
      server.faults[fault] = 1;
      const appending = store.append(1, 's', expected === 'exact' ? written.length - 1 : expected, events);
      // the server comes back without what it remembered, so that it takes the repeat for a new append
      await until(() => server.faults[fault] === 0);
      server.log.forget();
      const result = await appending;
      written.push(...events.map((e) => e.event_id));
      t.deepEqual(result, { position: written.length, revision: written.length - 1, repeated: true }, `${fault}, ${expected}`);
    }
  t.deepEqual(await idsOf(store), written);
  t.true(server.log.stream('test:1:s').length > written.length, 'or the server never wrote a repeat');

  // long afterwards: the copy is asked, and the server not bothered
  server.log.forget();
  const before = server.log.all.length;
  const old = eventList(2);
  const first = await store.append(1, 'old', 'any', old);
  server.log.forget();
  for (const expected of ['any', 'stream_exists', 'no_stream'] as const)
    t.deepEqual(await store.append(1, 'old', expected, old), { ...first, repeated: true }, expected);
  t.is(server.log.all.length, before + 2);
  written.push(...old.map((e) => e.event_id));

  // what was not copied moves the server's revisions and not ours
  const other = open();
  const head = (await other.head(1, 's'))?.revision as number;
  t.is(head, written.length - 3);
  t.is((await other.append(1, 's', head, [event()])).revision, head + 1);
  const late = await t.throwsAsync(other.append(1, 's', head, [event()]), { instanceOf: RevisionConflict });
  t.is((late as RevisionConflict).actual, head + 1);
  t.truthy(await other.verify(1), 'a copy made now says the same');
});

test('an id that two streams get at one moment is copied once, with nothing of the other append', async (t) => {
  const { server, open } = await place(t);
  const [store, other] = [open(), open()];
  const shared = event();
  const results = await Promise.allSettled([
    store.append(1, 'a', 'no_stream', [event(), shared]),
    other.append(1, 'b', 'no_stream', [event(), shared, event()]),
  ]);
  t.deepEqual(results.map((r) => r.status).sort(), ['fulfilled', 'rejected']);
  const [lost, won] = results[0]?.status === 'fulfilled' ? ['b', 'a'] : ['a', 'b'];
  t.deepEqual(await store.readStream(1, lost), []);
  t.is((await store.readStream(1, won)).length, (await store.readLog(1, 0, 10)).length);
  t.is(server.log.all.length, 5, 'the server has both');
  const empty = await t.throwsAsync(store.append(1, lost, 'stream_exists', [event()]), { instanceOf: RevisionConflict });
  t.is((empty as RevisionConflict).actual, 'no_stream');
  t.is((await store.append(1, lost, 'no_stream', [event()])).revision, 0, 'the stream is still to be opened');
});

test('who does not lead says who does, and the append goes there', async (t) => {
  const { server: follower, open } = await place(t);
  const leader = await eventStoreServer(t, { log: follower.log });
  follower.faults.leader = { host: '127.0.0.1', port: leader.port };
  follower.faults.notLeader = 1;
  const store = open();
  t.is((await store.append(1, 's', 'no_stream', [event()])).revision, 0);
  t.is(leader.appends, 1);
});

test('a server that refuses or stays silent is asked again until it answers', async (t) => {
  const { server, open } = await place(t);
  const store = open({ attemptMs: 800 });
  server.faults.unavailable = 3;
  server.faults.swallow = 2;
  t.like(await store.append(1, 's', 'no_stream', eventList(2)), { position: 2, revision: 1 });
  t.true(server.appends >= 6);
  t.is(server.log.all.length, 2);
});

test('an append beyond what the server takes is refused, and nothing is written', async (t) => {
  const { server, open } = await place(t);
  const store = open();
  const error = await t.throwsAsync(store.append(1, 's', 'no_stream', eventList(3, { text: 'x'.repeat(500_000) })), {
    instanceOf: Refusal,
  });
  t.is((error as Refusal).code, 'TOO_LARGE');
  t.is(server.log.all.length, 0);
});

test("the server's own events, metadata, links, and the streams of others are not copied", async (t) => {
  const { server, open } = await place(t);
  const store = open();
  await store.append(1, 's', 'no_stream', [event()]);
  server.log.write('$stats-0', [foreign('$statsCollected')]);
  server.log.write('$$test:1:s', [foreign('$metadata')]);
  server.log.write('$ce-test', [foreign('$>', '0@test:1:s')]);
  server.log.write('test:1:links', [foreign('$>', '0@test:1:s')]);
  server.log.write('test2:1:s', [foreign('Other')]);
  server.log.write('test-1:s', [foreign('Other')]);
  server.log.write(
    'other',
    Array.from({ length: 600 }, () => foreign('Other')),
  );
  await store.append(12, 's', 'no_stream', [event()]);
  await store.append(1, 's', 0, [event()]);
  t.deepEqual(
    await store.heads(),
    new Map([
      [1, 2],
      [12, 1],
    ]),
  );
  t.is((await store.verify(1))?.events, 2);
});

test('the copy goes on where it stopped after the server was away, and after its leader is gone', async (t) => {
  const { server, db, open } = await place(t);
  const first = open();
  const written: string[] = [];
  const write = async (store: EventStore) => {
    const one = event();
    await store.append(1, `s-${written.length % 3}`, 'any', [one]);
    written.push(one.event_id);
  };
  for (let i = 0; i < 10; i += 1) await write(first);
  await server.stop();
  const waiting = write(first);
  await sleep(200);
  await server.start();
  await waiting;
  const second = open();
  for (let i = 0; i < 5; i += 1) await write(second);
  t.true(first.copying && !second.copying);
  await first.close();
  for (let i = 0; i < 5; i += 1) await write(second);
  t.true(second.copying);
  t.deepEqual(await idsOf(second), written);
  const { rows } = await db.pool.query('select commit_position from log.origin where tenant = 1 order by position');
  t.deepEqual(
    rows.map((r) => BigInt(r.commit_position)),
    server.log.all.map((e) => e.commit),
  );
});

test('a leader that was paused copies nothing once another has taken over', async (t) => {
  const { open, db } = await place(t);
  let pause: Promise<void> | undefined;
  let paused = false;
  const { promise: resumed, resolve: resume } = Promise.withResolvers<void>();
  const old = open({
    leaseMs: 600,
    beforeStep: async () => {
      if (!pause) return;
      paused = true;
      await pause;
    },
  });
  await old.append(1, 's', 'no_stream', [event()]);
  // stopped as by a debugger: it keeps its fencing number in memory and its renewals do not reach the database
  const renewals = await db.pool.query<{ holder: string; fence: string }>('select holder, fence from log.copy');
  pause = resumed;
  const stalled = old.append(1, 's', 0, [event({ n: 'stalled' })]);
  await until(() => paused);
  await db.pool.query(`update log.copy set holder = null, expires_at = '-infinity'`);
  const heir = open({ leaseMs: 600 });
  await heir.append(1, 's', 1, [event({ n: 'after' })]);
  const { rows } = await db.pool.query<{ fence: string }>('select fence from log.copy');
  t.true(Number(rows[0]?.fence) > Number(renewals.rows[0]?.fence), 'another leads');
  pause = undefined;
  resume();
  t.is((await stalled).position, 2);
  await sleep(300);
  t.deepEqual(
    (await heir.readLog(1, 0, 10)).map((e) => e.data),
    [{ n: 1 }, { n: 'stalled' }, { n: 'after' }],
  );
  t.truthy(await heir.verify(1));
});

test('a step of the copy with an old fencing number, or from another place, writes nothing', async (t) => {
  const { open, db } = await place(t);
  const store = open();
  await store.append(1, 's', 'no_stream', [event()]);
  await store.close();
  const { rows } = await db.pool.query<{ fence: string; commit_position: string }>('select fence, commit_position from log.copy');
  const { fence, commit_position: at } = rows[0] as { fence: string; commit_position: string };
  const step = async (withFence: string, after: string): Promise<boolean | undefined> =>
    (
      await db.pool.query<{ done: boolean }>(
        `select log.copy_in($1, $2, 9999, 9999, array['add'], array[1], array['s'], array[gen_random_uuid()], array['X'], array[now()],
         array[9999]::bigint[], array[1]::bigint[], array[gen_random_uuid()], array[null]::bigint[], array[1], 'x') as done`,
        [withFence, after],
      )
    ).rows[0]?.done;
  t.false(await step(String(Number(fence) - 1), at));
  t.false(await step(fence, String(Number(at) - 1)));
  t.is((await store.readLog(1, 0, 10)).length, 1);
  t.true(await step(fence, at), 'and with both right it would');
});

test('an event in a stream of ours that this software did not write stops the copy, and says so', async (t) => {
  const { server, open } = await place(t);
  const errors: unknown[] = [];
  const store = open({ onError: (error) => errors.push(error) });
  await store.append(1, 's', 'no_stream', [event()]);
  server.log.write('test:1:s', [foreign('BaselineChanged', '{"n":1}')]);
  await until(() => errors.length > 0);
  t.is((errors[0] as Refusal).code, 'LOG_BROKEN');
  t.regex((errors[0] as Refusal).message, /revision 1 of test:1:s/);
});
