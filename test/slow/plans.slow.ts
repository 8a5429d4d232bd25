import test from 'ava';
import { readOperations } from '../../src/application/read/index.ts';
import type { Caller } from '../../src/application/context.ts';
import { readBy } from '../queries/explain.ts';
import { largeId, type Size, wholeSize } from '../queries/large.ts';
import { largeEngine } from '../queries/large-engine.ts';
import type { Engine } from '../support/engine.ts';
import { branchFigures } from '../../src/projections/queries/totals.ts';
import { figures } from '../../src/projections/queries/figures.ts';
import { loadRates } from '../../src/projections/queries/rates.ts';
import { shape } from '../../src/projections/queries/layers.ts';
import { defaultSettings } from '../../src/domain/events.ts';
import type { Basis } from '../../src/projections/basis.ts';

interface Loaded {
  e: Engine;
  scenario: string;
  basis(branch: number): Basis;
  caller: Caller;
}

const load = async (size: Size): Promise<Loaded> => {
  const { e, scenario_id } = await largeEngine(size);
  const settings = { ...defaultSettings, name: 'Acme', currency: 'GBP' };
  return {
    e,
    scenario: scenario_id,
    caller: e.caller(),
    basis: (branch) => ({
      tenant: 1,
      branch,
      scenario_id: null,
      position: 6_000,
      pin: branch === 0 ? 6_000 : 10,
      effective_on: '2026-06-15',
      settings,
    }),
  };
};

let loaded: Loaded;
test.before('load', async () => {
  loaded = await load(wholeSize);
});
test.after.always(async () => loaded?.e.close());

const operationOf = (name: string) => {
  const op = readOperations.find((o) => o.name === name);
  if (!op) throw new Error(name);
  return op;
};

/** Operation, input, and the most rows it may take from tables: index entries that do not fit included. */
const questions: { name: string; input: Record<string, unknown>; rows: number }[] = [
  // Counts of seats and vacancies of 111 units with 100 seats each, in three versions.
  { name: 'org.tree', input: {}, rows: 50_000 },
  { name: 'org.tree', input: { org_unit_id: largeId('a', 50) }, rows: 5_000 },
  // The head of a unit: its reports are the seats of the unit.
  { name: 'org.entity', input: { id: largeId('b', 777) }, rows: 4_000 },
  { name: 'org.entity', input: { id: largeId('a', 50) }, rows: 3_000 },
  { name: 'org.entity', input: { id: largeId('c', 777) }, rows: 600 },
  { name: 'position.list', input: {}, rows: 4_000 },
  { name: 'position.list', input: { org_unit_id: largeId('a', 901) }, rows: 4_000 },
  { name: 'position.list', input: { org_unit_id: largeId('a', 50), subtree: true, limit: 500 }, rows: 20_000 },
  { name: 'position.list', input: { manager_position_id: largeId('b', 500) }, rows: 12_000 },
  { name: 'position.list', input: { vacant: true }, rows: 20_000 },
  { name: 'placement.list', input: {}, rows: 2_000 },
  { name: 'placement.list', input: { org_unit_id: largeId('a', 901) }, rows: 3_000 },
  { name: 'placement.list', input: { position_id: largeId('b', 777) }, rows: 300 },
  { name: 'position.list', input: { title: 'seat 499' }, rows: 20_000 },
  // Twenty teams with a hundred members each.
  { name: 'team.list', input: {}, rows: 20_000 },
  { name: 'team.list', input: { org_unit_id: largeId('a', 50), limit: 5 }, rows: 8_000 },
  { name: 'team.list', input: { actor_id: largeId('c', 777) }, rows: 3_000 },
  { name: 'actor.list', input: {}, rows: 2_000 },
  { name: 'actor.list', input: { org_unit_id: largeId('a', 901) }, rows: 3_000 },
  { name: 'actor.list', input: { employment_type: 'contractor' }, rows: 4_000 },
  { name: 'actor.list', input: { external_uid: 'u4999' }, rows: 3_000 },
  { name: 'org.search', input: { query: 'u4999' }, rows: 6_000 },
  { name: 'org.search', input: { query: 'seat 499' }, rows: 12_000 },
  { name: 'settings.get', input: {}, rows: 200 },
  { name: 'scenario.compare', input: {}, rows: 60_000 },
];

for (const branch of ['baseline', 'a scenario'] as const)
  for (const { name, input, rows } of questions)
    test.serial(`${name} ${JSON.stringify(input)} on ${branch} reads its neighbourhood at 100k positions`, async (t) => {
      const { e, scenario, caller } = loaded;
      const op = operationOf(name);
      const args =
        name === 'scenario.compare'
          ? { scenario_ids: [null, scenario] }
          : { ...input, ...(branch === 'baseline' ? {} : { scenario_id: scenario }) };
      // What is kept per basis is computed once, after each change of the baseline.
      if (name === 'scenario.compare') await op.run(e.deps, caller, op.input.parse(args));
      const read = await readBy(e.sql, (sql) => op.run({ ...e.deps, sql }, caller, op.input.parse(args)));
      t.log(`${read.rows} rows, ${read.statements} statements, ${read.ms.toFixed(1)} ms`);
      t.true(read.rows <= rows, `${read.rows} rows read, at most ${rows} are needed`);
      // Reading the thousand units whole is cheaper than by index; anything larger is not.
      const whole = [...read.whole].filter(([, n]) => n > 10 * wholeSize.units);
      t.deepEqual(whole, [], 'no table is read whole');
    });

test.serial('a scenario costs as much as its overlay is large, and equals the full count', async (t) => {
  const { e, basis } = loaded;
  const plan = basis(510);
  await branchFigures(e.sql, plan);
  const read = await readBy(e.sql, (sql) => branchFigures(sql, plan));
  t.log(`${read.rows} rows, ${read.statements} statements, ${read.ms.toFixed(1)} ms`);
  t.true(read.rows < 40 * wholeSize.touched, `${read.rows} rows for an overlay of ${wholeSize.touched}`);
  t.deepEqual(JSON.stringify(await branchFigures(e.sql, plan)), JSON.stringify(await figures(e.sql, plan, await loadRates(e.sql, plan))));
});

/** Questions whose answer is made of everything, and the most rows they may take from tables: each table a few times at most. */
const whole: { name: string; input: Record<string, unknown>; rows: number }[] = [
  // 300k position rows; 90k each of actors, placements (for cost, for heads) and pays (the same).
  ...['unit', 'grade', 'country', 'employment_type', 'actor_kind'].map((by) => ({ name: 'cost.summary', input: { by }, rows: 1_700_000 })),
  { name: 'cost.summary', input: { subtree: true }, rows: 1_700_000 },
  { name: 'org.metrics', input: { by_unit: true, subtree: true }, rows: 2_200_000 },
  // Nobody is unplaced: the answer takes a look at every actor.
  { name: 'actor.list', input: { unplaced: true }, rows: 400_000 },
];

for (const { name, input, rows } of whole)
  test.serial(`${name} ${JSON.stringify(input)} reads each table a bounded number of times`, async (t) => {
    const { e, scenario, caller } = loaded;
    const op = operationOf(name);
    for (const scenario_id of [undefined, scenario]) {
      const args = op.input.parse({ ...input, ...(scenario_id ? { scenario_id } : {}) });
      await op.run(e.deps, caller, args);
      const read = await readBy(e.sql, (sql) => op.run({ ...e.deps, sql }, caller, args));
      t.log(`${scenario_id ? 'scenario' : 'baseline'}: ${read.rows} rows, ${read.statements} statements, ${read.ms.toFixed(0)} ms`);
      t.true(read.rows < rows, `${read.rows} rows`);
    }
  });

test.serial('questions about everything read each table a bounded number of times', async (t) => {
  const { e, basis } = loaded;
  for (const branch of [0, 510]) {
    const all = await readBy(e.sql, async (sql) => figures(sql, basis(branch), await loadRates(sql, basis(branch))));
    const lines = await readBy(e.sql, (sql) => shape(sql, basis(branch)));
    t.log(`branch ${branch}: figures ${all.rows} rows ${all.ms.toFixed(0)} ms, lines ${lines.rows} rows ${lines.ms.toFixed(0)} ms`);
    // 300k position rows and 90k each of actors, placements, pays; placements are read for vacancy, cost and heads.
    t.true(all.rows < 1_300_000);
    t.true(lines.rows < 450_000);
  }
});
