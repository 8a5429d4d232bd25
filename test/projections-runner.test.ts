import test from 'ava';
import { change } from '../src/domain/changes.ts';
import { Refusal } from '../src/domain/codes.ts';
import { streams } from '../src/domain/events.ts';
import { checkpointOf, Fenced, projectBatch } from '../src/projections/lane.ts';
import { leaseOf } from '../src/projections/lease.ts';
import { openOrm } from '../src/projections/orm.ts';
import { PROJECTION } from '../src/projections/projector.ts';
import { replayVerify } from '../src/projections/replay.ts';
import { projectionRunner } from '../src/projections/runner.ts';
import type { Sql } from '../src/projections/sql.ts';
import { type Engine, engine, id, newId } from './support/engine.ts';

const unit = (name: string, parent: string | null = 'acme') =>
  change('OrgUnitCreated', id(name), '2020-01-01', {
    name,
    kind: parent ? 'department' : 'company',
    parent_id: parent ? id(parent) : null,
  });
const units = async (e: Engine): Promise<number> => (await e.sql.query('select from org_unit_version')).length;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The same SQL, with `before` called ahead of every statement inside transactions. */
const watched = (sql: Sql, before: (statement: string) => Promise<void> | void): Sql => {
  const inside = (tx: Sql): Sql => ({
    query: async (text, values) => {
      await before(text);
      return tx.query(text, values);
    },
    transaction: (work) => tx.transaction((nested) => work(inside(nested))),
  });
  return { query: sql.query, transaction: (work) => sql.transaction((tx) => work(inside(tx))) };
};

const append = (e: Engine, tenant: number, stream: string, type: string, data: unknown) =>
  e.store.append(tenant, stream, 'any', [
    {
      event_id: newId(),
      type,
      schema_version: 1,
      data,
      recorded_at: new Date().toISOString(),
      metadata: { user: id('user'), with: { kind: 'system', id: 'test' }, via: 'system', correlation_id: 'c' },
    },
  ]);

test('a batch that breaks off at any statement leaves nothing behind, and the next try completes it', async (t) => {
  const e = await engine(t, { background: false, wait: false });
  await e.givenBaseline([unit('acme', null), unit('sales')]);
  const scenario = await e.givenScenario();
  await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id('sales'), '2021-01-01', { name: 'Trade' })]);
  const events = await e.store.readLog(1, 0, 100);
  const lease = leaseOf(e.sql, PROJECTION);
  await lease.take();
  const fence = lease.fence() as number;
  let broken = 0;
  for (let at = 1; ; at++) {
    let n = 0;
    const failing = watched(e.sql, () => {
      n += 1;
      if (n === at) throw new Error('pulled the plug');
    });
    try {
      await projectBatch(failing, e.store, 1, 0, events, fence);
      break;
    } catch (error) {
      t.is((error as Error).message, 'pulled the plug');
      broken += 1;
      t.is(await checkpointOf(e.sql, 1), 0);
      t.is(await units(e), 0);
    }
  }
  t.true(broken > 10);
  t.is(await checkpointOf(e.sql, 1), events.length);
  await lease.release();
  t.true((await replayVerify(e)).equal);
});

test('events that are projected already are not projected again', async (t) => {
  const e = await engine(t, { background: false });
  await e.givenBaseline([unit('acme', null)]);
  await e.runner.stop();
  const lease = leaseOf(e.sql, PROJECTION);
  await lease.take();
  const events = await e.store.readLog(1, 0, 100);
  await t.throwsAsync(projectBatch(e.sql, e.store, 1, 0, events, lease.fence() as number), { instanceOf: Fenced });
  t.is(await units(e), 1);
});

test('a leader that lost its lease in the middle of a batch writes nothing; the next leader does the work', async (t) => {
  const e = await engine(t, { background: false, wait: false });
  await e.givenBaseline([unit('acme', null), unit('sales')]);
  const head = (await e.store.heads()).get(1) as number;
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { promise: reached, resolve: arrived } = Promise.withResolvers<void>();
  // The old leader hangs after it has written its rows, before it commits, and does not renew its lease.
  const hanging = watched(e.sql, async (statement) => {
    if (!statement.includes('select fence from projection_lease')) return;
    arrived();
    await gate;
  });
  const old = leaseOf(e.sql, PROJECTION, 50);
  await old.take();
  const events = await e.store.readLog(1, 0, 100);
  const lost = t.throwsAsync(projectBatch(hanging, e.store, 1, 0, events, old.fence() as number), { instanceOf: Fenced });
  await reached;
  await pause(80);
  const other = await openOrm(e.db.url, { poolMax: 3 });
  t.teardown(other.close);
  const next = projectionRunner({ store: e.store, sql: other.sql });
  const caught = next.catchUp(1, head);
  await pause(200);
  t.is(await checkpointOf(e.sql, 1), 0, 'the new leader waits behind the hanging transaction');
  open();
  await lost;
  await caught;
  t.is(await units(e), 2);
  const [checkpoint] = await e.sql.query('select position::int, fence::int from projection_checkpoint where tenant = 1');
  t.deepEqual(checkpoint, { position: head, fence: 2 });
  await next.stop();
  t.true((await replayVerify(e)).equal);
});

test('of many runners one leads at a time, and everything is projected once', async (t) => {
  const e = await engine(t, { background: false, wait: false });
  const orms = await Promise.all([1, 2, 3].map(() => openOrm(e.db.url, { poolMax: 3 })));
  const runners = orms.map(({ sql }) => projectionRunner({ store: e.store, sql, leaseMs: 400, sweepMs: 100 }));
  t.teardown(async () => {
    await Promise.all(runners.map((r) => r.stop()));
    await Promise.all(orms.map((o) => o.close()));
  });
  for (const r of runners) r.start();
  await e.givenBaseline([unit('acme', null)]);
  for (let i = 0; i < 60; i++) {
    await e.givenBaseline([unit(`u${i}`)]);
    // The leader leaves now and then, and comes back as a follower.
    if (i % 15 === 14) for (const r of runners) if ((await r.status(1)).leading) await r.stop().then(() => r.start());
  }
  const head = (await e.store.heads()).get(1) as number;
  await Promise.all(runners.map((r) => r.catchUp(1, head)));
  const leading = await Promise.all(runners.map(async (r) => (await r.status(1)).leading));
  t.is(leading.filter(Boolean).length, 1);
  t.is(await units(e), 61);
  t.true((await replayVerify(e)).equal);
});

test('a lane that cannot go on stands still, says so, and holds up nobody else', async (t) => {
  const e = await engine(t);
  await append(e, 2, streams.baseline(2), 'BaselineChanged', { changes: [unit('acme', null)] });
  const bad = await append(e, 2, streams.baseline(2), 'BaselineImportApplied', {
    import_id: id('import'),
    batches: [{ event_id: id('lost'), sha256: '00' }],
    file_name: 'f',
    file_sha256: '',
    source: 's',
    mapping: {},
    counts: {},
    report_digest: '',
    complete: false,
  });
  const after = await append(e, 2, streams.baseline(2), 'BaselineChanged', { changes: [unit('later')] });
  const refused = await t.throwsAsync(e.runner.catchUp(2, after.position), { instanceOf: Refusal });
  t.is((refused as Refusal).code, 'UNAVAILABLE');
  t.is((refused as Refusal).details.event_position, bad.position);
  const status = await e.runner.status(2);
  t.like(status, { position: bad.position - 1, head: after.position, behind: 2 });
  t.is(status.error?.position, bad.position);
  t.regex(status.error?.message ?? '', /batch 1 of 1 is not in the log/);
  t.is(status.error?.code, 'LOG_BROKEN');
  await e.runner.catchUp(2, bad.position - 1);
  const position = await e.givenBaseline([unit('acme', null)]);
  t.like(await e.runner.status(1), { position, error: null });
});

test('an error on the way to the log is forgotten when the way is open again', async (t) => {
  const e = await engine(t, { background: false });
  await e.runner.stop();
  let away = true;
  const errors: unknown[] = [];
  const store = {
    ...e.store,
    readLog: async (...args: Parameters<typeof e.store.readLog>) =>
      away ? Promise.reject(Object.assign(new Error('log is away'), { code: 'ECONNREFUSED' })) : e.store.readLog(...args),
  };
  const runner = projectionRunner({ store, sql: e.sql, sweepMs: 50, onError: (error) => errors.push(error) });
  t.teardown(runner.stop);
  runner.start();
  await t.throwsAsync(runner.catchUp(1, 2, { waitMs: 400 }), { instanceOf: Refusal });
  t.regex((await runner.status(1)).error?.message ?? '', /log is away/);
  t.is((await runner.status(1)).error?.code, 'UNAVAILABLE');
  away = false;
  for (let i = 0; i < 100 && (await runner.status(1)).error; i++) await pause(100);
  t.is((await runner.status(1)).error, null);
  t.true(errors.length > 0);
});

test('a waiting caller gets its answer from another process that leads', async (t) => {
  const e = await engine(t);
  const other = await openOrm(e.db.url, { poolMax: 3 });
  t.teardown(other.close);
  const follower = projectionRunner({ store: e.store, sql: other.sql });
  const { position } = await append(e, 1, streams.baseline(1), 'BaselineChanged', { changes: [unit('acme', null)] });
  await follower.catchUp(1, position);
  t.false((await follower.status(1)).leading);
  t.is(await follower.projected(1), position);
});

test('a process that only wanted to catch up gives the lease back', async (t) => {
  const e = await engine(t, { background: false });
  await e.givenBaseline([unit('acme', null)]);
  await e.runner.stop();
  const lease = leaseOf(e.sql, PROJECTION);
  t.true(await lease.take());
});

test('waiting for a position that does not come ends in UNAVAILABLE, or when the caller gives up', async (t) => {
  const e = await engine(t);
  const late = await t.throwsAsync(e.runner.catchUp(1, 99, { waitMs: 300 }), { instanceOf: Refusal });
  t.is((late as Refusal).code, 'UNAVAILABLE');
  const controller = new AbortController();
  const waiting = t.throwsAsync(
    e.runner.catchUp(1, 99, controller.signal),
    { name: 'AbortError' },
    'and not UNAVAILABLE, after its own time',
  );
  await pause(50);
  controller.abort();
  await waiting;
});

test('a runner that stops tells those who wait, and waits for no position', async (t) => {
  const e = await engine(t);
  const waiting = t.throwsAsync(e.runner.catchUp(1, 99), { instanceOf: Refusal });
  await pause(50);
  await e.runner.stop();
  t.is(((await waiting) as Refusal).code, 'UNAVAILABLE');
  t.false((await e.runner.status(1)).leading);
});

test('what another process appends is found without being told', async (t) => {
  const e = await engine(t, { background: false });
  const deaf = projectionRunner({ store: { ...e.store, onAppend: () => () => {} }, sql: e.sql, sweepMs: 50 });
  t.teardown(deaf.stop);
  deaf.start();
  const { position } = await append(e, 1, streams.baseline(1), 'BaselineChanged', { changes: [unit('acme', null)] });
  for (let i = 0; i < 100 && (await checkpointOf(e.sql, 1)) < position; i++) await pause(50);
  t.is(await checkpointOf(e.sql, 1), position);
});

const codeOf = async (e: Engine, type: string, data: unknown): Promise<string | undefined> => {
  const { position } = await append(e, 1, streams.baseline(1), type, data);
  const refused = (await e.runner.catchUp(1, position).catch((error: unknown) => error)) as Refusal;
  return refused.details.code === (await e.runner.status(1)).error?.code ? String(refused.details.code) : undefined;
};

test('a lane that stands still says by a code whether the program, the log or something else is at fault', async (t) => {
  t.is(await codeOf(await engine(t), 'NobodyKnows', {}), 'EVENT_UNKNOWN');
  const unknown = { type: 'UnitAbolished', v: 1, id: id('x'), effective_from: '2020-01-01', set: {} };
  t.is(await codeOf(await engine(t), 'BaselineChanged', { changes: [unknown] }), 'EVENT_UNKNOWN');
  t.is(await codeOf(await engine(t), 'BaselineChanged', { changes: [{ ...unit('acme', null), effective_from: 'soon' }] }), 'FAULT');
});
