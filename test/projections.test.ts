import type { EntityName } from '@mikro-orm/core';
import test from 'ava';
import { change } from '../src/domain/changes.ts';
import { streams } from '../src/domain/events.ts';
import { readEntities, versionEntities } from '../src/projections/entities.ts';
import { replayVerify } from '../src/projections/replay.ts';
import { type Engine, engine, id } from './support/engine.ts';

const unit = (name: string, parent: string | null, from = '2020-01-01') =>
  change('OrgUnitCreated', id(name), from, { name, kind: parent ? 'department' : 'company', parent_id: parent ? id(parent) : null });
const rename = (name: string, to: string, from: string, more = {}) => change('OrgUnitRenamed', id(name), from, { name: to }, more);

/** The rows of a unit as [branch, name, dates, positions], open rows without an end. */
const rowsOf = async (e: Engine, name: string): Promise<unknown[]> =>
  (
    await e.sql.query<{ row: unknown[] }>(
      `select json_build_array(branch, name, effective_from, effective_to, from_position, nullif(to_position, 9223372036854775807)) as row
       from org_unit_version where id = $1 order by branch, from_position, effective_from`,
      [id(name)],
    )
  ).map((r) => r.row);

test('a scenario change holds the whole timeline for its branch and leaves the baseline as it is', async (t) => {
  const e = await engine(t);
  const made = await e.givenBaseline([unit('acme', null), unit('sales', 'acme')]);
  const scenario = await e.givenScenario();
  const position = await e.givenConfirmed(scenario, [rename('sales', 'Trade', '2026-07-01')]);
  t.deepEqual(await rowsOf(e, 'sales'), [
    [0, 'sales', '2020-01-01', 'infinity', made, null],
    [scenario.branch, 'sales', '2020-01-01', '2026-07-01', position, null],
    [scenario.branch, 'Trade', '2026-07-01', 'infinity', position, null],
  ]);
});

test('creating a scenario writes no rows of things, and a later baseline change does not reach it', async (t) => {
  const e = await engine(t);
  await e.givenBaseline([unit('acme', null)]);
  const scenario = await e.givenScenario();
  await e.givenBaseline([rename('acme', 'Acme & Co', '2021-01-01')]);
  const position = await e.givenConfirmed(scenario, [change('OrgUnitUpdated', id('acme'), '2022-01-01', { code: 'A' })]);
  const own = (await rowsOf(e, 'acme')).filter((r) => (r as unknown[])[0] === scenario.branch);
  t.deepEqual(own, [
    [scenario.branch, 'acme', '2020-01-01', '2022-01-01', position, null],
    [scenario.branch, 'acme', '2022-01-01', 'infinity', position, null],
  ]);
});

test('when the last change of a branch is taken back its rows end and the baseline shows through', async (t) => {
  const e = await engine(t);
  await e.givenBaseline([unit('acme', null)]);
  const scenario = await e.givenScenario();
  const position = await e.givenConfirmed(scenario, [rename('acme', 'Zenith', '2026-01-01')]);
  const reverted = await e.givenConfirmed(scenario, [
    change('ChangesReverted', id('acme'), '2026-01-01', {}, { reverts: [{ kind: 'org_unit', id: id('acme'), position, index: 0 }] }),
  ]);
  const open = await e.sql.query('select 1 from org_unit_version where branch = $1 and to_position > $2', [scenario.branch, reverted]);
  t.is(open.length, 0);
  const [entry] = await e.sql.query('select retracted_at::int from entity_change where branch = $1', [scenario.branch]);
  t.deepEqual(entry, { retracted_at: reverted });
  t.true((await replayVerify(e)).equal);
});

test('a row that a change does not alter goes on: nothing ends and nothing begins', async (t) => {
  const e = await engine(t);
  const made = await e.givenBaseline([unit('acme', null)]);
  await e.givenBaseline([rename('acme', 'acme', '2020-01-01')]);
  t.deepEqual(await rowsOf(e, 'acme'), [[0, 'acme', '2020-01-01', 'infinity', made, null]]);
});

test('events projected in one batch leave the same rows as events projected one by one', async (t) => {
  const make = async (wait: boolean) => {
    const e = await engine(t, { background: false, wait, now: new Date('2026-01-01T00:00:00Z') });
    await e.givenBaseline([unit('acme', null), unit('sales', 'acme')]);
    await e.givenBaseline([rename('sales', 'Trade', '2026-01-01')]);
    const scenario = { scenario_id: id('scenario'), branch: 4 };
    await e.given(streams.scenario(1, scenario.scenario_id), 'ScenarioCreated', {
      scenario_id: scenario.scenario_id,
      name: 'Plan',
      baseline_position: 3,
      owner: id('user owner'),
      visibility: 'private',
    });
    await e.givenBaseline([rename('sales', 'Commerce', '2025-01-01', { replace_later: true })]);
    await e.givenConfirmed(scenario, [rename('sales', 'Own', '2026-06-01')]);
    await e.givenBaseline([rename('sales', 'Trade', '2026-01-01')]);
    await e.settle();
    return rowsOf(e, 'sales');
  };
  const [together, apart] = [await make(false), await make(true)];
  t.deepEqual(together, apart);
  t.true(apart.length > 4);
});

test('personal fields stand in no table but their own', async (t) => {
  const e = await engine(t);
  const secret = 'Wilhelmina Achterberg';
  const added = (name: string) =>
    change(
      'ActorAdded',
      id(name),
      '2020-01-01',
      { kind: 'human', external_uid: name, contract_fte: '1' },
      { personal: { name: `${secret} ${name}`, email: `${name}@acme.example` } },
    );
  await e.givenBaseline([added('a')]);
  await e.givenImport([added('b')]);
  const scenario = await e.givenScenario();
  await e.givenConfirmed(scenario, [
    added('c'),
    change('ActorUpdated', id('a'), '2021-01-01', {}, { personal: { name: `${secret} again` } }),
  ]);
  const tables = await e.sql.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'read_v1' and table_type = 'BASE TABLE' order by 1`,
  );
  const holding: string[] = [];
  for (const { name } of tables) {
    const [row] = await e.sql.query<{ n: number }>(
      `select count(*)::int as n from ${name} t where t::text ilike '%achterberg%' or t::text like '%@acme%'`,
    );
    if (row && row.n > 0) holding.push(name);
  }
  t.deepEqual(holding, ['actor_personal', 'actor_personal_change']);
  const shown = await e.sql.query('select name from actor_personal where branch = $1 and id = $2 order by effective_from', [
    scenario.branch,
    id('a'),
  ]);
  t.deepEqual(shown, [{ name: `${secret} a` }, { name: `${secret} again` }]);
});

test('an import gives every changed row one position, an index over all batches, and its line', async (t) => {
  const e = await engine(t, { background: false });
  await e.givenBaseline([unit('acme', null)]);
  const changes = Array.from({ length: 7 }, (_, i) => ({ ...unit(`u${i}`, 'acme'), line: i + 2 }));
  // The head is set in a later batch than the unit it belongs to: still one row.
  const position = await e.givenImport([...changes, { ...rename('u0', 'First', '2020-01-01'), line: 99 }], { batchSize: 3 });
  const recorded = await e.sql.query('select index, batch, line from entity_change where position = $1 order by index', [position]);
  t.deepEqual(
    recorded.map((r) => Object.values(r)),
    [
      [0, 1, 2],
      [1, 1, 3],
      [2, 1, 4],
      [3, 2, 5],
      [4, 2, 6],
      [5, 2, 7],
      [6, 3, 8],
      [7, 3, 99],
    ],
  );
  t.deepEqual(await rowsOf(e, 'u0'), [[0, 'First', '2020-01-01', 'infinity', position, null]]);
  const [before] = await e.sql.query<{ n: number }>('select count(*)::int as n from org_unit_version where from_position < $1', [position]);
  t.is(before?.n, 1);
});

test('a thing touched in the first and the last slice of a long import has one row, and a replay writes the same', async (t) => {
  const e = await engine(t, { background: false });
  const before = await e.givenBaseline([unit('acme', null), unit('old', 'acme')]);
  const many = Array.from({ length: 10_200 }, (_, i) => unit(`u${i}`, 'acme'));
  const position = await e.givenImport(
    [rename('old', 'Halfway', '2020-01-01'), ...many, rename('old', 'New', '2020-01-01'), rename('u0', 'First', '2021-01-01')],
    {
      batchSize: 2_000,
    },
  );
  t.deepEqual(await rowsOf(e, 'old'), [
    [0, 'old', '2020-01-01', 'infinity', before, position],
    [0, 'New', '2020-01-01', 'infinity', position, null],
  ]);
  t.deepEqual(await rowsOf(e, 'u0'), [
    [0, 'u0', '2020-01-01', '2021-01-01', position, null],
    [0, 'First', '2021-01-01', 'infinity', position, null],
  ]);
  t.true((await replayVerify(e)).equal);
});

test('staged batches change nothing until their import is applied', async (t) => {
  const e = await engine(t);
  await e.givenBaseline([unit('acme', null)]);
  await e.given(streams.import(1, id('import')), 'ImportStaged', { import_id: id('import'), batch: 1, changes: [unit('u', 'acme')] });
  t.deepEqual(await rowsOf(e, 'u'), []);
});

test('text that PostgreSQL cannot hold is shown with the replacement character and stops nothing', async (t) => {
  const e = await engine(t);
  await e.givenBaseline([unit('acme', null), rename('acme', 'a\u0000b', '2021-01-01')]);
  await e.givenBaseline([rename('acme', 'a\u0000b', '2021-01-01')]);
  const rows = (await rowsOf(e, 'acme')) as unknown[][];
  t.deepEqual(
    rows.map((r) => r[1]),
    ['acme', 'a\ufffdb'],
  );
});

test('no name, purpose, title or file name can stop a lane', async (t) => {
  const e = await engine(t);
  await e.givenBaseline([unit('acme', null)]);
  const odd = 'a\u0000b\u{1f600}"\\\n\'; drop table x --';
  const shown = odd.replace('\u0000', '\ufffd');
  const scenario_id = id('scenario');
  await e.given(streams.scenario(1, scenario_id), 'ScenarioCreated', {
    scenario_id,
    name: odd,
    purpose: odd,
    baseline_position: 2,
    owner: id('user owner'),
    visibility: 'private',
  });
  await e.given(streams.settings(1), 'SettingsChanged', {
    settings: { name: odd, policies: [{ name: 'span', level: 'warn', subject: odd }] },
  });
  await e.given(streams.baseline(1), 'BaselineImportApplied', {
    import_id: id('import'),
    batches: [],
    file_name: odd,
    file_sha256: '',
    source: odd,
    mapping: { [odd]: odd },
    counts: { [odd]: odd },
    report_digest: '',
    complete: false,
  });
  t.deepEqual(await e.sql.query('select name, purpose from scenario_version'), [{ name: shown, purpose: shown }]);
  t.deepEqual(await e.sql.query(`select settings->>'name' as name from tenant_settings order by from_position desc limit 1`), [
    { name: shown },
  ]);
  t.deepEqual(await e.sql.query('select file_name, counts from import_applied'), [{ file_name: shown, counts: { [shown]: shown } }]);
  t.true((await replayVerify(e)).equal);
});

test('MikroORM knows the tables as they are', async (t) => {
  const e = await engine(t);
  const salary = { pay_amount: '123456789.123456', pay_basis: 'annual', pay_currency: 'GBP' };
  await e.givenImport([
    unit('acme', null),
    change('PositionPaySet', id('p'), '2020-01-01', salary),
    change('ActorAdded', id('a'), '2020-01-01', { kind: 'human', external_uid: 'a', contract_fte: '0.5' }, { personal: { name: 'Ada' } }),
  ]);
  const scenario = await e.givenScenario();
  await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id('acme'), '2026-01-01', { name: 'Zenith' })]);
  const em = e.orm.em.fork();
  for (const entity of readEntities) {
    const rows = await em.find(entity as EntityName<{ tenant: number }>, { tenant: 1 });
    const [counted] = await e.sql.query<{ n: number }>(
      `select count(*)::int as n from ${em.getMetadata(entity as EntityName<object>).tableName} where tenant = 1`,
    );
    t.is(rows.length, Number(counted?.n), String(em.getMetadata(entity as EntityName<object>).tableName));
  }
  const columns = await e.sql.query<{ table: string; names: string[] }>(
    `select table_name as table, array_agg(column_name::text order by column_name) as names from information_schema.columns where table_schema = 'read_v1' group by 1`,
  );
  for (const entity of readEntities) {
    const meta = em.getMetadata(entity as EntityName<object>);
    const mapped = Object.values(meta.properties)
      .flatMap((p) => (p as { fieldNames: string[] }).fieldNames)
      .sort();
    t.deepEqual(mapped, columns.find((c) => c.table === meta.tableName)?.names, meta.tableName);
  }
  const [position] = (await em.find(versionEntities.position, { tenant: 1 } as never)) as { pay_amount: string; from_position: string }[];
  t.like(position, { pay_amount: '123456789.123456', from_position: '3' });
});

test('decimals keep their scale and lose nothing', async (t) => {
  const e = await engine(t);
  const pay = (amount: string, from: string) =>
    change('PositionPaySet', id('p'), from, { pay_amount: amount, pay_basis: 'annual', pay_currency: 'GBP' });
  await e.givenBaseline([
    pay('123456789012345678901234.123456789012', '2020-01-01'),
    pay('007.50', '2021-01-01'),
    pay('-0.00', '2022-01-01'),
  ]);
  await e.givenBaseline([pay('007.50', '2021-01-01')]);
  const rows = await e.sql.query(
    'select pay_amount, to_position = 9223372036854775807 as open from position_version order by effective_from',
  );
  t.deepEqual(rows, [
    { pay_amount: '123456789012345678901234.123456789012', open: true },
    { pay_amount: '7.50', open: true },
    { pay_amount: '0.00', open: true },
  ]);
});

test('settings, scenarios and proposals keep every state they had', async (t) => {
  const e = await engine(t);
  await e.givenBaseline([unit('acme', null)]);
  const scenario = await e.givenScenario({ name: 'Plan' });
  const stream = streams.scenario(1, scenario.scenario_id);
  const confirmed = await e.givenConfirmed(scenario, [rename('acme', 'Zenith', '2026-01-01')]);
  await e.given(stream, 'ScenarioShared', { scenario_id: scenario.scenario_id, visibility: 'private', with: [id('user manager')] });
  await e.given(stream, 'ScenarioLocked', { scenario_id: scenario.scenario_id, locked: true });
  await e.given(stream, 'ScenarioArchived', { scenario_id: scenario.scenario_id });
  await e.given(streams.settings(1), 'SettingsChanged', { settings: { currency: 'EUR' } });
  const states = await e.sql.query(
    'select state, locked, content_version, content_position::int, shared_with from scenario_version order by from_position',
  );
  const shared = [id('user manager')];
  t.deepEqual(
    states.map((s) => Object.values(s)),
    [
      ['open', false, 0, scenario.branch, []],
      ['open', false, 1, confirmed, []],
      ['open', false, 1, confirmed, shared],
      ['open', true, 1, confirmed, shared],
      ['archived', true, 1, confirmed, shared],
    ],
  );
  const proposals = await e.sql.query(
    'select state, confirmed_position::int, confirmed_content_version, change_count from proposal_version order by from_position',
  );
  t.deepEqual(
    proposals.map((p) => Object.values(p)),
    [
      ['planned', null, null, 1],
      ['confirmed', confirmed, 1, 1],
    ],
  );
  const settings = await e.sql.query(
    `select settings->>'currency' as currency, settings->>'name' as name from tenant_settings order by from_position`,
  );
  t.deepEqual(settings, [
    { currency: 'USD', name: 'Acme' },
    { currency: 'EUR', name: 'Acme' },
  ]);
});
