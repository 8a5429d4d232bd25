import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import pg from 'pg';
import { change } from '../src/domain/changes.ts';
import { Refusal } from '../src/domain/codes.ts';
import { replayVerify } from '../src/projections/replay.ts';
import { logDigest } from '../src/store/eventstoredb/fresh.ts';
import { type EventStore, RevisionConflict } from '../src/store/port.ts';
import { postgresStore } from '../src/store/postgres/store.ts';
import { place } from './eventstoredb/open.ts';
import { freshDatabase, type TestDatabase } from './support/database.ts';
import { engine, id } from './support/engine.ts';
import { event, eventList } from './support/events.ts';

const digestOf = async (store: EventStore, tenant = 1): Promise<string> => {
  const digest = logDigest();
  for (let after = 0, page = await store.readLog(tenant, 0, 100); page.length > 0; page = await store.readLog(tenant, after, 100)) {
    for (const e of page) digest.add(Buffer.from(e.bytes));
    after = page.at(-1)?.position ?? after;
  }
  return digest.hex();
};

const code = async (work: Promise<unknown>): Promise<unknown[]> => {
  const error = (await work.then(
    () => undefined,
    (e: unknown) => e,
  )) as Refusal | undefined;
  return error instanceof Refusal ? [error.code, error.details.event_position] : [error];
};

/** As the superuser, past the triggers that keep everybody else from touching the log. */
const asSuperuser = async (db: TestDatabase, ...statements: string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: db.adminUrl });
  await client.connect();
  await client.query(`set session_replication_role = 'replica'`);
  for (const sql of statements) await client.query(sql);
  await client.end();
};

const unit = (name: string, parent: string | null = 'acme') =>
  change('OrgUnitCreated', id(name), '2020-01-01', {
    name,
    kind: parent ? 'department' : 'company',
    parent_id: parent ? id(parent) : null,
  });

test('the same appends give the same bytes, positions and revisions on both stores', async (t) => {
  const { db, open } = await place(t);
  const other = await freshDatabase(t);
  const stores = [open(), postgresStore(other.pool, other.keys)];
  t.teardown(() => stores[1]?.close() as Promise<void>);
  const events = eventList(30, { text: 'Zoë', nested: [{ b: null, 10: 'ten', 9: 'nine' }] });
  const answers = await Promise.all(
    stores.map(async (store) => {
      const given = [];
      for (const [i, one] of events.entries()) given.push(await store.append(1, `s-${i % 4}`, 'any', [one]));
      return given;
    }),
  );
  t.deepEqual(answers[0], answers[1]);
  t.is(await digestOf(stores[0] as EventStore), await digestOf(stores[1] as EventStore));
  t.is((await db.pool.query('select from log.origin')).rowCount, 30);
});

test('a log moves to the event store and back with equal digests, and each time one store alone takes appends', async (t) => {
  const { db, server, open } = await place(t);
  const here = postgresStore(db.pool, db.keys);
  t.teardown(() => here.close());
  for (let i = 0; i < 40; i += 1) await here.append(1, `s-${i % 3}`, 'any', eventList(1 + (i % 4)));
  await here.append(2, 'left', 'no_stream', [event()]);
  const before = await digestOf(here);

  const there = open();
  t.deepEqual(await code(there.append(1, 's-0', 'any', [event()])), ['LOG_ELSEWHERE', undefined]);
  const gone = await there.moveHere(1, () => {});
  t.like(gone, { moved: true, events: 100, store_digest: before, table_digest: before });
  t.is(server.log.all.length, 100);
  t.like(await there.moveHere(1, () => {}), { moved: false, store_digest: before }, 'again changes nothing');
  t.deepEqual(await code(here.append(1, 's-0', 'any', [event()])), ['LOG_ELSEWHERE', undefined]);
  t.is((await here.append(2, 'left', 0, [event()])).position, 2, 'the other tenant stays');

  const head = (await there.head(1, 's-1'))?.revision as number;
  t.like(await there.append(1, 's-1', head, eventList(2)), { position: 102, revision: head + 2, repeated: false });
  const conflict = await t.throwsAsync(there.append(1, 's-1', head, [event()]), { instanceOf: RevisionConflict });
  t.is((conflict as RevisionConflict).actual, head + 2);
  t.is((await there.verify(1))?.events, 102);
  t.is(await there.verify(2), undefined);

  const back = await there.moveAway(1);
  t.like(back, { moved: true, events: 102, store_digest: await digestOf(here) });
  t.deepEqual(await code(open().append(1, 's-1', 'any', [event()])), ['LOG_ELSEWHERE', undefined]);
  t.like(await here.append(1, 's-1', head + 2, [event()]), { position: 103 });
  t.like(await there.moveHere(1, () => {}), { moved: true, events: 103 }, 'and there again, from where it stopped');
});

test('a move that finds something else in the event store leaves the log where it was', async (t) => {
  const { db, server, open } = await place(t);
  const here = postgresStore(db.pool, db.keys);
  t.teardown(() => here.close());
  await here.append(1, 's', 'no_stream', eventList(3));
  const strange = await freshDatabase(t);
  const { open: openStrange } = await place(t, { server, db: strange });
  await openStrange().append(1, 's', 'no_stream', [event()]);
  t.deepEqual(await code(open().moveHere(1, () => {})), ['LOG_DIVERGED', 1]);
  t.is((await here.append(1, 's', 2, [event()])).position, 4);
});

const faults: [what: string, position: number, ...sql: string[]][] = [
  ['a byte changed', 3, `update log.event set bytes = set_byte(bytes, 20, get_byte(bytes, 20) # 1) where position = 3`],
  ['a row gone from the end', 6, 'delete from log.event where position = 6'],
  ['a row gone from the middle', 2, 'delete from log.event where position = 2'],
  [
    'two rows swapped',
    4,
    'update log.event set position = 100 where position = 4',
    'update log.event set position = 4 where position = 5',
    'update log.event set position = 5 where position = 100',
  ],
  [
    'a row too many',
    7,
    `insert into log.event select tenant, 7, 'more', 0, gen_random_uuid(), type, recorded_at, bytes from log.event where position = 6`,
  ],
];

test('where the copy is not what the event store says, verifying names the first position', async (t) => {
  for (const [what, position, ...sql] of faults) {
    const { db, open } = await place(t);
    const [store, checker] = [open(), open({ patienceMs: 1500 })];
    for (let i = 0; i < 6; i += 1) await store.append(1, `s-${i % 2}`, 'any', [event({ i })]);
    t.is((await store.verify(1))?.events, 6, what);
    await asSuperuser(db, ...sql);
    t.deepEqual(await code(checker.verify(1)), ['LOG_DIVERGED', position], what);
  }
});

test('a read model made from the event store alone equals the one it was moved from', async (t) => {
  const { db, server, open } = await place(t);
  const e = await engine(t, { db });
  await e.givenBaseline([unit('acme', null), unit('sales')]);
  await e.givenBaseline([
    change(
      'ActorAdded',
      id('ada'),
      '2021-01-01',
      { kind: 'human', external_uid: 'a1', contract_fte: '1', employment_type: 'permanent' },
      { personal: { name: 'Ada', email: 'ada@acme.example' } },
    ),
  ]);
  await e.givenImport([unit('north'), unit('south'), unit('west')], { batchSize: 2 });
  const scenario = await e.givenScenario();
  await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id('sales'), '2026-01-01', { name: 'Trade' })]);
  const first = await replayVerify({ ...e });
  const moved = await open().moveHere(1, () => {});

  const second = await freshDatabase(t);
  const { rows } = await db.pool.query('select tenant, actor, wrapped from log.personal_key');
  for (const r of rows) await second.pool.query('insert into log.personal_key values ($1, $2, $3)', [r.tenant, r.actor, r.wrapped]);
  const { open: openSecond } = await place(t, { server, db: second });
  const store = openSecond();
  const f = await engine(t, { db: second, store, tenant: false });
  store.onAppend(() => {});
  for (let waited = 0; waited < 100_000 && (await store.heads()).get(1) !== moved.events; waited += 20) await sleep(20);
  await f.settle();
  const again = await replayVerify({ ...f });
  t.true(first.equal && again.equal);
  t.is(again.events, first.events);
  t.is(again.live_digest, first.live_digest);
  t.is(again.replayed_digest, first.replayed_digest);
  t.is(await digestOf(store), moved.table_digest);
});
