import test from 'ava';
import pg from 'pg';
import { Refusal } from '../src/domain/codes.ts';
import { PersonalKeys } from '../src/store/personal-keys.ts';
import { postgresStore } from '../src/store/postgres/store.ts';
import { storeContract } from './store-contract.ts';
import { freshDatabase } from './support/database.ts';
import { event, eventList } from './support/events.ts';
import { proxyTo } from './support/proxy.ts';

const MASTER = Buffer.alloc(32, 7);

storeContract(test, 'postgres', async (t) => {
  const db = await freshDatabase(t);
  const url = new URL(db.url);
  const proxy = await proxyTo(Number(url.port));
  url.port = String(proxy.port);
  const closing: (() => Promise<unknown>)[] = [];
  const open = () => {
    const pool = new pg.Pool({ connectionString: url.href, max: 8 });
    pool.on('error', () => {});
    const store = postgresStore(pool, new PersonalKeys(pool, MASTER));
    closing.push(
      () => store.close(),
      () => pool.end(),
    );
    return store;
  };
  const store = open();
  t.teardown(async () => {
    await proxy.mend();
    for (const close of closing) await close();
    await proxy.close();
  });
  const landed = async () => Number((await db.pool.query('select count(*) as n from log.event')).rows[0].n);
  return { store, another: open, goAway: proxy.cut, comeBack: proxy.mend, answerNothing: proxy.swallow, landed };
});

const admin = async (t: { teardown(fn: () => Promise<void>): void }, url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.teardown(() => client.end());
  return client;
};

test('the log is append-only for the service, and for its owner too', async (t) => {
  const db = await freshDatabase(t);
  const store = postgresStore(db.pool, db.keys);
  t.teardown(() => store.close());
  await store.append(1, 's', 'no_stream', eventList(3));
  const owner = await admin(t, db.adminUrl);
  const writes = [
    `update log.event set bytes = 'x' where position = 2`,
    'delete from log.event where position = 2',
    'truncate log.event',
    'update log.tenant set id = 9',
    'delete from log.tenant',
    'truncate log.tenant cascade',
    `insert into log.event values (1, 4, 's', 3, gen_random_uuid(), 'X', now(), 'x')`,
    'alter table log.event disable trigger append_only',
    'drop table log.event',
    'drop function log.append',
    'drop schema log cascade',
    'create or replace function log.refuse_change() returns trigger language plpgsql as $$ begin return null; end $$',
  ];
  for (const sql of writes) await t.throwsAsync(db.pool.query(sql), { code: '42501' }, sql);
  for (const sql of writes.slice(0, 6)) await t.throwsAsync(owner.query(sql), { message: /append-only/ }, sql);
  t.is((await store.readLog(1, 0, 10)).length, 3);
});

test('what a superuser takes out of the log or alters in it is found when it is read, and where', async (t) => {
  const db = await freshDatabase(t);
  const store = postgresStore(db.pool, db.keys);
  t.teardown(() => store.close());
  await store.append(1, 'a', 'no_stream', eventList(3));
  await store.append(2, 'a', 'no_stream', eventList(3));
  await store.append(3, 'a', 'no_stream', [
    event({ changes: [{ id: '0197e5e0-0000-7000-8000-00000000000a', personal: { name: 'Ada' } }] }),
  ]);
  const owner = await admin(t, db.adminUrl);
  await owner.query('alter table log.event disable trigger append_only');
  await owner.query('delete from log.event where tenant = 1 and position = 2');
  await owner.query(
    `update log.event set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '"stream":"a"', '"stream":"b"'), 'UTF8') where tenant = 2 and position = 3`,
  );
  await owner.query(
    `update log.event set bytes = convert_to(regexp_replace(convert_from(bytes, 'UTF8'), '"sealed":"....', '"sealed":"AAAA'), 'UTF8') where tenant = 3`,
  );
  const broken = async (work: Promise<unknown>, position: number) => {
    const error = await t.throwsAsync(work, { instanceOf: Refusal });
    t.is((error as Refusal).code, 'LOG_BROKEN');
    t.is((error as Refusal).details['event_position'], position);
  };
  await broken(store.readLog(1, 0, 10), 2);
  await broken(store.readLog(1, 1, 10), 2);
  await broken(store.readStream(1, 'a'), 3);
  await broken(store.readLog(2, 0, 10), 3);
  await broken(store.readLog(3, 0, 10), 1);
  const follower = store.subscribe(1, 0, { signal: AbortSignal.timeout(50_000) })[Symbol.asyncIterator]();
  await broken(follower.next(), 2);
  t.is((await store.readLog(2, 0, 2)).length, 2);
});

test('one caller whose input the database refuses fails alone', async (t) => {
  const db = await freshDatabase(t);
  const store = postgresStore(db.pool, db.keys);
  t.teardown(() => store.close());
  const results = await Promise.allSettled(['a', 'b\0', 'c'].map((stream) => store.append(1, stream, 'no_stream', [event()])));
  t.deepEqual(
    results.map((r) => r.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('a read that is given up gives its connection back', async (t) => {
  const db = await freshDatabase(t);
  const store = postgresStore(db.pool, db.keys);
  t.teardown(() => store.close());
  await store.append(1, 's', 'no_stream', eventList(500));
  for (let i = 0; i < 60; i += 1) {
    const stop = new AbortController();
    const reads = Array.from({ length: 4 }, () =>
      store.readLog(1, 0, 500, { signal: stop.signal }).then(
        () => {},
        () => {},
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, (i % 6) / 2));
    stop.abort();
    await Promise.all(reads);
  }
  t.is((await store.readLog(1, 0, 500)).length, 500);
  // connections that were still being made come back when they are there
  for (let waited = 0; waited < 10_000 && db.pool.totalCount !== db.pool.idleCount; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  t.is(db.pool.totalCount, db.pool.idleCount, 'none is lent');
});

test('a backend that is ended under an append is replaced, and the append stands once', async (t) => {
  const db = await freshDatabase(t);
  const store = postgresStore(db.pool, db.keys);
  t.teardown(() => store.close());
  const owner = await admin(t, db.adminUrl);
  await store.append(1, 's', 'no_stream', [event()]);
  let done = 0;
  let ended = 0;
  const writing = (async () => {
    for (; done < 60; done += 1) await store.append(1, 's', done, [event({ i: done })]);
  })();
  // each blow falls while an append is under way, and lets some pass before the next
  for (let from = -1; done < 60 && ended < 12; ended += 1) {
    while (done < 60 && done < from + 4) await new Promise((resolve) => setTimeout(resolve, 1));
    from = done;
    await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
  }
  await writing;
  t.true(ended >= 3, 'or nothing was tried');
  const events = await store.readStream(1, 's');
  t.deepEqual(
    events.slice(1).map((e) => e.data),
    Array.from({ length: 60 }, (_, i) => ({ i })),
  );
});

test('a destroyed key erases what it sealed; the bytes stay, and another master key opens nothing', async (t) => {
  const db = await freshDatabase(t);
  const store = postgresStore(db.pool, db.keys);
  t.teardown(() => store.close());
  const [ada, bob] = ['0197e5e0-0000-7000-8000-00000000000a', '0197e5e0-0000-7000-8000-00000000000b'];
  const changes = [
    { id: ada, personal: { name: 'Ada', email: 'ada@example.org' } },
    { id: bob, personal: { name: 'Bob' } },
  ];
  await store.append(1, 's', 'no_stream', [event({ changes })]);
  const before = (await store.readLog(1, 0, 1))[0];
  await t.throwsAsync(postgresStore(db.pool, new PersonalKeys(db.pool, Buffer.alloc(32, 8))).readLog(1, 0, 1), { message: /master key/ });
  await db.keys.destroy(1, ada);
  const after = (await store.readLog(1, 0, 1))[0];
  t.deepEqual(after?.data, {
    changes: [
      { id: ada, personal: { name: '[erased]', email: '[erased]' } },
      { id: bob, personal: { name: 'Bob' } },
    ],
  });
  t.deepEqual(after?.bytes, before?.bytes);
  await store.append(1, 's', 0, [event({ changes: [{ id: ada, personal: { name: 'Ada again' } }] })]);
  t.deepEqual(
    (await store.readLog(1, 0, 2)).map((e) => (e.data as { changes: { personal: { name: string } }[] }).changes[0]?.personal.name),
    ['[erased]', 'Ada again'],
  );
});
