import { addDays } from '../src/domain/dates.ts';
import { defaultSettings } from '../src/domain/events.ts';
import { offeredTools } from '../src/mcp/operations.ts';
import type { Basis } from '../src/projections/basis.ts';
import { figures } from '../src/projections/queries/figures.ts';
import { shape } from '../src/projections/queries/layers.ts';
import { loadRates } from '../src/projections/queries/rates.ts';
import { branchFigures } from '../src/projections/queries/totals.ts';
import { largeId, wholeSize } from '../test/queries/large.ts';
import { largeEngine } from '../test/queries/large-engine.ts';

/**
 * How long reads take at 100k positions with 1,000 scenarios, each as a multiple of a floor of the same minute: one scan of the
 * baseline's position rows. A ratio says the same on a fast and on a busy machine. Run: node bench/queries.ts
 */
const RUNS = 5;

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

const { e, scenario_id } = await largeEngine(wholeSize);
try {
  const settings = { ...defaultSettings, name: 'Acme', currency: 'GBP' };
  const basis = (branch: number): Basis => ({
    tenant: 1,
    branch,
    scenario_id: null,
    position: 6_000,
    pin: branch === 0 ? 6_000 : 10,
    effective_on: '2026-06-15',
    settings,
  });
  let day = 0;
  /** The same question on a date that nobody has asked about. */
  const cold = (name: string, input: Record<string, unknown>) => () =>
    ask(name, { ...input, effective_on: addDays('2026-07-01', day++) })();
  const ask = (name: string, input: Record<string, unknown>) => {
    const op = offeredTools().find(name)?.operation;
    if (!op) throw new Error(name);
    return () => op.run(e.deps, e.caller(), op.input.parse(input));
  };
  const scan = () => e.sql.query('select sum(capacity_fte) from position_version where tenant = 1 and branch = 0 and to_position > 6000');
  const questions: [string, () => Promise<unknown>][] = [
    ['all figures of the baseline, not kept', async () => figures(e.sql, basis(0), await loadRates(e.sql, basis(0)))],
    ['all figures of the baseline, kept', () => branchFigures(e.sql, basis(0))],
    ['all figures of a scenario, by its difference', () => branchFigures(e.sql, basis(510))],
    ['layers and spans', () => shape(e.sql, basis(0))],
    ['org.overview of a new date', cold('org.overview', {})],
    ['org.overview of a new date of a scenario', cold('org.overview', { scenario_id })],
    ['org.overview, kept', ask('org.overview', { scenario_id })],
    ['org.tree', ask('org.tree', { scenario_id })],
    ['org.search', ask('org.search', { query: 'seat 49', scenario_id })],
    ['org.entity', ask('org.entity', { id: largeId('b', 77_777), scenario_id })],
    ['position.list of a unit', ask('position.list', { org_unit_id: largeId('a', 901), scenario_id })],
    ['position.list of a subtree, 500', ask('position.list', { org_unit_id: largeId('a', 50), subtree: true, limit: 500, scenario_id })],
    ['placement.list', ask('placement.list', { scenario_id })],
    ['team.list', ask('team.list', { scenario_id })],
    ['actor.list of a unit', ask('actor.list', { org_unit_id: largeId('a', 901), scenario_id })],
    ['cost.summary by unit of a new date', cold('cost.summary', {})],
    ['cost.summary by grade of a new date', cold('cost.summary', { by: 'grade' })],
    ['cost.summary by unit, rolled up, kept', ask('cost.summary', { subtree: true, scenario_id })],
    ['cost.summary by grade, kept', ask('cost.summary', { by: 'grade', scenario_id })],
    ['org.metrics by unit of a new date', cold('org.metrics', { by_unit: true })],
    ['org.metrics, kept', ask('org.metrics', { scenario_id })],
    ['org.metrics by unit, rolled up, kept', ask('org.metrics', { by_unit: true, subtree: true, scenario_id })],
    ['settings.get', ask('settings.get', { scenario_id })],
    ['scenario.list', ask('scenario.list', {})],
    ['scenario.action.list', ask('scenario.action.list', {})],
    ['scenario.compare with the baseline', ask('scenario.compare', { scenario_ids: [null, scenario_id] })],
  ];
  for (const [what, work] of questions) {
    // A busy machine is not equally busy for long: each question has the floor of its own minute.
    const before = await median(scan);
    const ms = await median(work);
    const floor = (before + (await median(scan))) / 2;
    console.log(
      `${what.padEnd(48)} ${ms.toFixed(1).padStart(9)} ms  ${(ms / floor).toFixed(2).padStart(7)} x floor of ${floor.toFixed(1)} ms`,
    );
  }
  console.log(`resident memory of this process: ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
} finally {
  await e.close();
}
process.exit(0);
