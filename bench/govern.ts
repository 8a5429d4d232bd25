/**
 * Plans and confirms a second on one tenant, against a floor of bare appends to the same log in the same run, so that the figure
 * says what governing costs and not what the machine is; and whether a scenario of many proposals costs more than an empty one.
 * `node bench/govern.ts [seconds] [writers] [earlier proposals]`; prints a line of JSON.
 */
import { confirmProposal, planProposal } from '../src/application/proposal/index.ts';
import { createScenario } from '../src/application/scenario/index.ts';
import { streams } from '../src/domain/events.ts';
import { smallCompany } from '../test/governed/organisation.ts';
import { engine, id, newId } from '../test/support/engine.ts';

const seconds = Number(process.argv[2] ?? 5);
const writers = Number(process.argv[3] ?? 16);
const earlier = Number(process.argv[4] ?? 1000);

/** Runs `work` from several writers for the time given; how many a second were finished, and the median and 99th percentile in ms. */
const measure = async (work: (writer: number, n: number) => Promise<unknown>, parallel = writers) => {
  const took: number[] = [];
  const start = performance.now();
  const until = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: parallel }, async (_, writer) => {
      for (let n = 0; performance.now() < until; n++) {
        const from = performance.now();
        await work(writer, n);
        took.push(performance.now() - from);
      }
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  took.sort((a, b) => a - b);
  const at = (p: number) => Number((took[Math.floor((took.length - 1) * p)] ?? 0).toFixed(1));
  return { per_second: Math.round(took.length / elapsed), p50_ms: at(0.5), p99_ms: at(0.99) };
};

const e = await engine(undefined, { settings: { currency: 'GBP', subscription: 'enterprise' } });
try {
  await e.givenBaseline(smallCompany);
  const planner = e.caller('owner');
  const scenarios: string[] = [];
  for (let i = 0; i < writers; i++) scenarios.push((await createScenario(e.deps, planner, { name: `Bench ${i}` })).scenario_id);
  const scenarioOf = (writer: number): string => scenarios[writer] as string;
  const actions = (writer: number, n: number) => [
    {
      type: 'position.set_pay',
      position_id: id('rep 1'),
      pay_amount: `${50_000 + writer}.${String(n % 100).padStart(2, '0')}`,
      effective_on: '2026-06-01',
    },
  ];

  const floor = await measure((writer, n) =>
    e.store.append(e.tenant, streams.import(e.tenant, `bench-${writer}`), 'any', [
      {
        event_id: newId(),
        type: 'ImportStaged',
        schema_version: 1,
        data: { import_id: `bench-${writer}`, batch: n, changes: [] },
        metadata: { user: planner.user.id, with: planner.with, via: 'system', correlation_id: 'bench' },
        recorded_at: new Date().toISOString(),
      },
    ]),
  );
  await e.deps.reached(e.tenant, (await e.store.heads()).get(e.tenant) ?? 0);
  const plans = await measure((writer, n) =>
    planProposal(e.deps, planner, { scenario_id: scenarioOf(writer), actions: actions(writer, n) }),
  );
  const oneScenario = await measure((writer, n) =>
    planProposal(e.deps, planner, { scenario_id: scenarioOf(0), actions: actions(writer, n) }),
  );
  const cycles = await measure(async (writer, n) => {
    const { proposal_id } = await planProposal(e.deps, planner, { scenario_id: scenarioOf(writer), actions: actions(writer, n) });
    await confirmProposal(e.deps, planner, { proposal_id });
  });
  const cycleOn = (scenario_id: string) =>
    measure(async (writer, n) => {
      const { proposal_id } = await planProposal(e.deps, planner, { scenario_id, actions: actions(writer, n) });
      await confirmProposal(e.deps, planner, { proposal_id });
    }, 1);
  const { scenario_id: long } = await createScenario(e.deps, planner, { name: 'Long' });
  for (let n = 0; n < earlier; n += writers)
    await Promise.all(
      Array.from({ length: writers }, (_, i) => planProposal(e.deps, planner, { scenario_id: long, actions: actions(i, n) })),
    );
  const emptyScenario = await cycleOn((await createScenario(e.deps, planner, { name: 'Empty' })).scenario_id);
  const longScenario = await cycleOn(long);
  const ratio = (part: { per_second: number }) => Number((part.per_second / floor.per_second).toFixed(3));
  console.log(
    JSON.stringify({
      seconds,
      writers,
      floor_appends: floor,
      plans: { ...plans, of_floor: ratio(plans) },
      plans_on_one_scenario: { ...oneScenario, of_floor: ratio(oneScenario) },
      plan_and_confirm: { ...cycles, of_floor: ratio(cycles) },
      one_after_another: { on_an_empty_scenario: emptyScenario, earlier_proposals: earlier, on_the_long_one: longScenario },
    }),
  );
} finally {
  await e.close();
}
