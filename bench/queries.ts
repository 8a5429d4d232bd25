import { readOperations } from '../src/application/read/index.ts';
import { defaultSettings } from '../src/domain/events.ts';
import type { Basis } from '../src/projections/basis.ts';
import { openOrm } from '../src/projections/orm.ts';
import { figures } from '../src/projections/queries/figures.ts';
import { shape } from '../src/projections/queries/layers.ts';
import { loadRates } from '../src/projections/queries/rates.ts';
import { branchFigures } from '../src/projections/queries/totals.ts';
import { analyzeLarge, largeId, loadLarge, wholeSize } from '../test/queries/large.ts';
import { engine } from '../test/support/engine.ts';

/**
 * How long reads take at 100k positions with 1,000 scenarios, each as a multiple of a floor of the same run: one scan of the
 * baseline's position rows. A ratio says the same on a fast and on a busy machine. Run: node bench/queries.ts
 */
const RUNS = 7;

const median = async (work: () => Promise<unknown>): Promise<number> => {
  await work();
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
};

const e = await engine(undefined, { settings: { currency: 'GBP' }, now: new Date('2026-06-15T10:00:00Z'), background: false });
try {
  await loadLarge(e.sql, wholeSize);
  const admin = await openOrm(e.db.adminUrl);
  await analyzeLarge(admin.sql);
  await admin.close();
  const [scenario] = await e.sql.query<{ id: string }>('select id from scenario_version where branch = 510');
  const scenario_id = (scenario as { id: string }).id;
  // What is loaded stands in the read model alone; the log is short.
  e.deps.projected = async () => 100_000;
  const settings = { ...defaultSettings, name: 'Acme', currency: 'GBP' };
  const basis = (branch: number): Basis => ({
    tenant: 1,
    branch,
    scenario_id: null,
    position: 100_000,
    pin: branch === 0 ? 100_000 : 10,
    effective_on: '2026-06-15',
    settings,
  });
  const ask = (name: string, input: Record<string, unknown>) => {
    const op = readOperations.find((o) => o.name === name);
    if (!op) throw new Error(name);
    return () => op.run(e.deps, e.caller(), op.input.parse(input));
  };
  const floor = await median(() =>
    e.sql.query('select sum(capacity_fte) from position_version where tenant = 1 and branch = 0 and to_position > 100000'),
  );
  const questions: [string, () => Promise<unknown>][] = [
    ['all figures of the baseline, not kept', async () => figures(e.sql, basis(0), await loadRates(e.sql, basis(0)))],
    ['all figures of the baseline, kept', () => branchFigures(e.sql, basis(0))],
    ['all figures of a scenario, by its difference', () => branchFigures(e.sql, basis(510))],
    ['layers and spans', () => shape(e.sql, basis(0))],
    ['org.overview', ask('org.overview', { scenario_id })],
    ['org.tree', ask('org.tree', { scenario_id })],
    ['org.search', ask('org.search', { query: 'seat 49', scenario_id })],
    ['org.entity', ask('org.entity', { id: largeId('b', 77_777), scenario_id })],
    ['position.list of a unit', ask('position.list', { org_unit_id: largeId('a', 901), scenario_id })],
    ['position.list of a subtree, 500', ask('position.list', { org_unit_id: largeId('a', 50), subtree: true, limit: 500, scenario_id })],
    ['placement.list', ask('placement.list', { scenario_id })],
    ['team.list', ask('team.list', { scenario_id })],
    ['actor.list of a unit', ask('actor.list', { org_unit_id: largeId('a', 901), scenario_id })],
    ['cost.summary by unit, rolled up', ask('cost.summary', { subtree: true, scenario_id })],
    ['cost.summary by grade', ask('cost.summary', { by: 'grade', scenario_id })],
    ['org.metrics', ask('org.metrics', { scenario_id })],
    ['org.metrics by unit, rolled up', ask('org.metrics', { by_unit: true, subtree: true, scenario_id })],
    ['settings.get', ask('settings.get', { scenario_id })],
    ['scenario.compare with the baseline', ask('scenario.compare', { scenario_ids: [null, scenario_id] })],
  ];
  console.log(`floor: one scan of the baseline's positions ${floor.toFixed(1)} ms`);
  for (const [what, work] of questions) {
    const ms = await median(work);
    console.log(`${what.padEnd(48)} ${ms.toFixed(1).padStart(9)} ms  ${(ms / floor).toFixed(2).padStart(7)} x floor`);
  }
} finally {
  await e.close();
}
process.exit(0);
