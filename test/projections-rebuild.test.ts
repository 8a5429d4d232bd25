import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type pg from 'pg';
import { change } from '../src/domain/changes.ts';
import { Refusal } from '../src/domain/codes.ts';
import { streams } from '../src/domain/events.ts';
import { openOrm } from '../src/projections/orm.ts';
import { type RebuildSettings, rebuild } from '../src/projections/rebuild/rebuild.ts';
import { replayVerify } from '../src/projections/replay.ts';
import { type Engine, type EngineOptions, engine, id, newId } from './support/engine.ts';
import { happen, randomOf } from './support/histories.ts';

type T = { teardown(fn: () => Promise<void>): void };

const unit = (name: string, parent: string | null = 'acme', more: Record<string, string> = {}) =>
  change('OrgUnitCreated', id(name), '2020-01-01', {
    name,
    kind: parent ? 'department' : 'company',
    parent_id: parent ? id(parent) : null,
    ...more,
  });

const appendTo = async (e: Engine, tenant: number, name: string): Promise<number> =>
  (
    await e.store.append(tenant, streams.baseline(tenant), 'any', [
      {
        event_id: newId(),
        type: 'BaselineChanged',
        schema_version: 1,
        data: { changes: [unit(name, null)] },
        metadata: { user: id('user'), with: { kind: 'system', id: 'test' }, via: 'system', correlation_id: 'c' },
        recorded_at: new Date().toISOString(),
      },
    ])
  ).position;

const given = async (t: T, options: EngineOptions = {}) => {
  const e = await engine(t, options);
  const read = await openOrm(e.db.url, { poolMax: 2 });
  t.teardown(read.close);
  const again = (more: Partial<RebuildSettings> = {}) => rebuild({ store: e.store, pool: read.pool, ...more });
  return { e, again, pool: read.pool as pg.Pool };
};

const schemas = async (e: Engine): Promise<string[]> =>
  (await e.sql.query<{ name: string }>(`select nspname as name from pg_namespace where nspname like 'read\\_%' order by 1`)).map(
    (r) => r.name,
  );

/** Primary keys, constraints and indexes of the live schema, as the database describes them. */
const made = (e: Engine) =>
  e.sql.query(
    `select tablename, regexp_replace(indexdef, '^.* USING ', '') as how from pg_indexes where schemaname = 'read_v1' order by 1, 2`,
  );

test('a rebuild of every kind of history serves the same rows from a new generation, and leaves nothing else behind', async (t) => {
  const { e, again } = await given(t);
  await e.givenImport([unit('acme', null), ...Array.from({ length: 30 }, (_, i) => unit(`u${i}`))], { batchSize: 7 });
  await happen(e, randomOf(5), { events: 40, things: 5 });
  const at = await e.settle();
  const before = await replayVerify(e);
  const indexes = await made(e);
  const seen: number[] = [];
  const result = await again({ onProgress: ({ position }) => seen.push(position) });
  t.like(result, { generation: 2, equal: true, swapped: true, resumed: false, events: at });
  t.is(result.tenants.length, 1);
  t.is(result.tenants[0]?.proof?.live_digest, before.live_digest);
  t.is(result.tenants[0]?.proof?.rebuilt_digest, before.live_digest);
  t.is(result.tenants[0]?.position, at);
  t.is(seen.at(-1), at);
  t.deepEqual(await schemas(e), ['read_v1']);
  t.deepEqual(await made(e), indexes);
  const record = await e.sql.query('select generation, schema, state from projection.generation');
  t.deepEqual(record, [{ generation: 2, schema: 'read_v1', state: 'live' }]);
  const position = await e.givenBaseline([unit('later')]);
  const after = await replayVerify(e);
  t.true(after.equal);
  t.is(after.events, position);
});

test('rows with the odd characters of text and JSON come through the fold as they are', async (t) => {
  const { e, again } = await given(t);
  const odd = ['\\N', '\\.', 'a\tb', 'a\nb', 'a\r\nb', '\\', '"quoted"', '\\\\N', 'é \u2028 😀', '{"a":"\\n"}', ''];
  await e.givenBaseline([
    unit('acme', null),
    ...odd.map((name, i) => change('OrgUnitCreated', id(`odd ${i}`), '2020-01-01', { name, kind: 'team', parent_id: id('acme') })),
  ]);
  const names = async () =>
    (await e.sql.query<{ name: string }>(`select name from org_unit_version where kind = 'team' and branch = 0`)).map((r) => r.name).sort();
  t.deepEqual(await names(), [...odd].sort());
  t.true((await again()).equal);
  t.deepEqual(await names(), [...odd].sort());
});

test('rows that were changed, lost or added by hand are found, named and put right', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null), unit('north'), unit('south')]);
  await e.sql.query(`update org_unit_version set name = 'Mordor' where id = $1`, [id('north')]);
  const result = await again();
  t.false(result.equal);
  t.true(result.swapped);
  t.like(result.tenants[0]?.proof, {
    equal: false,
    first_difference: { table: 'org_unit_version', difference: 'changed', columns: ['name'], key: { id: id('north') } },
  });
  t.not(result.tenants[0]?.proof?.live_digest, result.tenants[0]?.proof?.rebuilt_digest);
  t.true((await replayVerify(e)).equal);
  t.true((await again()).equal);
});

test('one tenant alone is put right; the rows of others stay as they are', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null), unit('north')]);
  await e.runner.catchUp(2, await appendTo(e, 2, 'second'));
  t.like(await again({ tenant: 1 }), { swapped: false, equal: true });
  await e.sql.query(`update org_unit_version set name = 'Mordor'`);
  t.like(await again({ tenant: 1 }), { swapped: true, equal: false });
  t.deepEqual(await e.sql.query('select tenant, name from org_unit_version order by tenant, name'), [
    { tenant: 1, name: 'acme' },
    { tenant: 1, name: 'north' },
    { tenant: 2, name: 'Mordor' },
  ]);
  t.deepEqual(await schemas(e), ['read_v1']);
  t.is(((await t.throwsAsync(again({ tenant: 77 }))) as Refusal).code, 'NOT_FOUND');
});

test('a rebuild that broke off goes on with what it left, and folds nothing twice', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null)]);
  for (const tenant of [2, 3]) await e.runner.catchUp(tenant, await appendTo(e, tenant, `of ${tenant}`));
  const broken = again({
    onProgress: ({ tenant }) => {
      if (tenant === 3) throw new Error('killed');
    },
  });
  await t.throwsAsync(broken, { message: 'killed' });
  t.deepEqual(await schemas(e), ['read_v1', 'read_v1_g2']);
  const result = await again();
  t.like(result, { resumed: true, generation: 2, equal: true });
  t.is(result.tenants.length, 3);
  t.is(result.events, 0);
  t.deepEqual(await schemas(e), ['read_v1']);
  t.true((await replayVerify(e)).equal);
});

test('what another program began is not gone on with', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null)]);
  const killed = { beforeSwap: () => Promise.reject(new Error('killed')) };
  await t.throwsAsync(again(killed), { message: 'killed' });
  await e.sql.query(`update projection.generation set shape = 'of an older program' where state = 'filling'`);
  t.like(await again(killed).catch(() => again()), { resumed: true, equal: true });
  await t.throwsAsync(again(killed), { message: 'killed' });
  t.like(await again({ anew: true }), { resumed: false, equal: true });
  t.deepEqual(await schemas(e), ['read_v1']);
});

test('of two rebuilds at once the second is refused and harms nothing', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null)]);
  const refused: unknown[] = [];
  const result = await again({ beforeSwap: async () => void refused.push(await again().catch((error: unknown) => error)) });
  t.true(refused[0] instanceof Refusal);
  t.is((refused[0] as Refusal).code, 'UNAVAILABLE');
  t.true(result.swapped);
  t.true((await replayVerify(e)).equal);
});

test('what comes between the comparison and the swap is served after it, new tenants too', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null)]);
  const result = await again({
    beforeSwap: async () => {
      await e.givenBaseline([unit('late')]);
      await e.runner.catchUp(9, await appendTo(e, 9, 'new'));
    },
  });
  t.deepEqual(
    result.tenants.map((r) => r.tenant),
    [1, 9],
  );
  t.is((await e.sql.query('select from org_unit_version')).length, 3);
  t.is(await e.runner.projected(9), 1);
  t.true((await replayVerify(e)).equal);
});

test('an event that cannot be projected stops its tenant where the live lane stopped, and nobody else', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null)]);
  await e.runner.catchUp(2, await appendTo(e, 2, 'second'));
  const { position } = await e.store.append(2, streams.baseline(2), 'any', [
    {
      event_id: newId(),
      type: 'NobodyKnows',
      schema_version: 1,
      data: {},
      metadata: { user: id('user'), with: { kind: 'system', id: 'test' }, via: 'system', correlation_id: 'c' },
      recorded_at: new Date().toISOString(),
    },
  ]);
  const result = await again();
  t.is(result.tenants[0]?.stuck, undefined);
  t.like(result.tenants[1], { tenant: 2, position: position - 1, stuck: { position } });
  t.regex(result.tenants[1]?.stuck?.message ?? '', /NobodyKnows/);
  t.true(result.swapped && result.equal);
});

test('a log that lost what was projected from it swaps nothing', async (t) => {
  const { e, again } = await given(t, { background: false });
  await e.givenBaseline([unit('acme', null)]);
  await e.sql.query('update projection_checkpoint set position = 99');
  const error = (await t.throwsAsync(again())) as Refusal;
  t.is(error.code, 'LOG_BROKEN');
  t.deepEqual(await e.sql.query(`select generation from projection.generation where state = 'live'`), [{ generation: 1 }]);
});

test('while rebuilds go on, callers write and read: no call fails, and no answer is stale', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null)]);
  const scenario = await e.givenScenario();
  let going = true;
  let reads = 0;
  const client = async (n: number): Promise<void> => {
    for (let i = 0; going; i++) {
      const name = `${n}.${i}`;
      const changed = change('OrgUnitRenamed', id('acme'), '2021-01-01', { name });
      const position = n % 2 ? await e.givenConfirmed(scenario, [changed]) : await e.givenBaseline([unit(name)]);
      const rows = await e.sql.query(
        n % 2
          ? 'select from entity_change where tenant = 1 and branch = $2 and position = $1'
          : 'select from org_unit_version where tenant = 1 and branch = 0 and from_position = $1 and $2::bigint > 0',
        [position, scenario.branch],
      );
      t.is(rows.length, 1, `${name} at ${position}`);
      t.true((await e.runner.projected(1)) >= position);
      reads += 1;
    }
  };
  const clients = Promise.all([0, 1, 2, 3, 4].map(client));
  try {
    for (let round = 0; round < 4; round++) t.like(await again(), { equal: true, swapped: true, generation: round + 2 });
  } finally {
    going = false;
    await clients;
  }
  t.true(reads > 20, `${reads} reads`);
  t.true((await replayVerify(e)).equal);
});

test('a swap waits for a lane that is in the middle of a batch', async (t) => {
  const { e, again } = await given(t, { background: false });
  await e.givenBaseline([unit('acme', null)]);
  await e.runner.catchUp(1, 1);
  const waiting = async (): Promise<'waits'> => {
    for (;;) {
      const rows = await e.sql.query(`select from pg_locks where not granted and relation = 'read_v1.projection_checkpoint'::regclass`);
      if (rows.length > 0) return 'waits';
      await sleep(20);
    }
  };
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const { promise: held, resolve: hold } = Promise.withResolvers<void>();
  let lane: Promise<void> | undefined;
  const rebuilding = again({
    beforeSwap: async () => {
      lane = e.sql.transaction(async (tx) => {
        // What a lane does at the end of its batch; the swap may not pass it.
        await tx.query('update projection_checkpoint set updated_at = clock_timestamp() where tenant = 1');
        hold();
        await over;
      });
      await held;
    },
  });
  const first = await Promise.race([waiting(), rebuilding.then(() => 'swapped')]);
  end();
  await lane;
  t.is(first, 'waits');
  t.like(await rebuilding, { swapped: true, equal: true });
});

test('a transaction that reads across the swap goes on; the tables it began on are dropped once it lets go', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null), unit('north')]);
  await e.sql.transaction(async (tx) => {
    t.is((await tx.query('select from org_unit_version')).length, 2);
    const result = await again({ graceMs: 200 });
    t.like(result, { swapped: true, left: ['read_v1_g1_retired'] });
    t.is((await tx.query('select from org_unit_version')).length, 2);
    t.deepEqual(await schemas(e), ['read_v1', 'read_v1_g1_retired']);
  });
  t.like(await again(), { generation: 3, left: [] });
  t.deepEqual(await schemas(e), ['read_v1']);
});

test('a fold goes on from what is stored: things, scenarios and proposals that change again later end the rows they had', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null), unit('north')]);
  const scenario = await e.givenScenario();
  await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id('north'), '2021-01-01', { name: 'One' })]);
  const killed = { beforeSwap: () => Promise.reject(new Error('killed')) };
  await t.throwsAsync(again(killed), { message: 'killed' });
  await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id('north'), '2021-01-01', { name: 'Two' })]);
  await e.given(streams.scenario(1, scenario.scenario_id), 'ScenarioShared', {
    scenario_id: scenario.scenario_id,
    visibility: 'shared',
    with: [id('somebody')],
  });
  await e.givenBaseline([change('OrgUnitRenamed', id('acme'), '2022-01-01', { name: 'Zenith' })]);
  t.like(await again(), { resumed: true, equal: true });
  t.true((await replayVerify(e)).equal);
});

test('figures that were computed from equal rows are kept, those from wrong ones are not', async (t) => {
  const { e, again } = await given(t);
  await e.givenBaseline([unit('acme', null)]);
  const keep = () =>
    e.sql.query(
      `insert into baseline_total (tenant, position, effective_on, figures) values (1, 1, '2020-01-01', '{}') on conflict do nothing`,
    );
  const kept = async () => (await e.sql.query('select from baseline_total')).length;
  await keep();
  await again();
  t.is(await kept(), 1);
  await e.sql.query(`update org_unit_version set name = 'Mordor'`);
  await again();
  t.is(await kept(), 0);
});

test('what stands before an event that cannot be projected is folded, in whatever page they come', async (t) => {
  const { e, again } = await given(t, { background: false });
  const scenario_id = newId();
  const events: [string, unknown][] = [
    ['ScenarioCreated', { scenario_id, name: 'Plan', baseline_position: 0, owner: id('user'), visibility: 'private' }],
    ['NobodyKnows', {}],
  ];
  for (const [type, data] of events)
    await e.store.append(2, streams.scenario(2, scenario_id), 'any', [
      {
        event_id: newId(),
        type,
        schema_version: 1,
        data,
        metadata: { user: id('user'), with: { kind: 'system', id: 'test' }, via: 'system', correlation_id: 'c' },
        recorded_at: new Date().toISOString(),
      },
    ]);
  const result = await again();
  t.like(result.tenants[1], { tenant: 2, position: 1, stuck: { position: 2 } });
  t.is((await e.sql.query('select from scenario_version where tenant = 2')).length, 1);
});

test('in a first import larger than a slice, a thing that comes again late is one thing, live and folded', async (t) => {
  const { e, again } = await given(t);
  const many = Array.from({ length: 12_050 }, (_, i) => unit(`many ${i}`));
  const late = change('OrgUnitRenamed', id('many 3'), '2021-01-01', { name: 'Late' });
  await e.givenImport([unit('acme', null), ...many, late], { batchSize: 3000 });
  t.deepEqual(
    await e.sql.query(`select name, effective_from, effective_to from org_unit_version where id = $1 order by effective_from`, [
      id('many 3'),
    ]),
    [
      { name: 'many 3', effective_from: '2020-01-01', effective_to: '2021-01-01' },
      { name: 'Late', effective_from: '2021-01-01', effective_to: 'infinity' },
    ],
  );
  t.true((await again()).equal);
});
