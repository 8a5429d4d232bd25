import test from 'ava';
import fc from 'fast-check';
import { confirmProposal, planProposal } from '../src/application/proposal/index.ts';
import { resolveBasis } from '../src/application/read/basis.ts';
import { createScenario } from '../src/application/scenario/index.ts';
import { type Change, change } from '../src/domain/changes.ts';
import { Refusal } from '../src/domain/codes.ts';
import type { HandedDown } from '../src/domain/line-questions.ts';
import { layerOn, leadOn, managersOf } from '../src/domain/reporting.ts';
import { runDecision } from '../src/domain/run.ts';
import { type View, World } from '../src/domain/working-set.ts';
import type { Decision } from '../src/domain/world.ts';
import { timelineSource } from '../src/projections/load-timelines.ts';
import { shape } from '../src/projections/queries/layers.ts';
import { managersOf as managersBySql } from '../src/projections/queries/managers.ts';
import { addDays } from '../src/domain/dates.ts';
import { facts, pos, unit } from './domain/kit.ts';
import { followed } from './domain/generated.ts';
import { linesChecked, settle } from './governed/impacts.ts';
import type { Actions } from './governed/support.ts';
import { engine } from './support/engine.ts';
import { placesOf } from './support/lines-read.ts';

const organisations = 12;
const [units, seats] = [6, 14];
const dates = ['2020-01-01', '2026-01-01', '2027-01-01'];

/** Random lines with loops left to chance, of which a third of the seats close or come later: managers and heads among them. */
const organisation = fc.record({
  parents: fc.tuple(...Array.from({ length: units - 1 }, (_, i) => fc.integer({ min: 1, max: i + 1 }))),
  heads: fc.tuple(...Array.from({ length: units }, () => fc.option(fc.integer({ min: 1, max: seats })))),
  seats: fc.tuple(
    ...Array.from({ length: seats }, () =>
      fc.record({
        of: fc.integer({ min: 1, max: units }),
        how: fc.constantFrom('unit_head', 'explicit', 'explicit', 'none'),
        to: fc.integer({ min: 1, max: seats + 1 }),
        from: fc.constantFrom('2020-01-01', '2020-01-01', '2020-01-01', '2026-01-01'),
        closes: fc.constantFrom(null, null, '2025-06-30', '2026-12-31'),
        opens: fc.boolean(),
      }),
    ),
  ),
});

type Organisation = typeof organisation extends fc.Arbitrary<infer T> ? T : never;

const changesOf = (o: Organisation): Change[] => [
  facts.unit(1, null),
  ...o.parents.map((p, i) => facts.unit(i + 2, p)),
  ...o.seats.flatMap((s, i) => [
    facts.position(i + 1, s.of, { reporting: s.how, manager_id: s.how === 'explicit' ? pos(s.to) : null }, s.from),
    ...(s.closes && s.closes > s.from ? [change('PositionClosed', pos(i + 1), s.closes, { close_reason: 'not_needed' })] : []),
    ...(s.closes && s.opens ? [change('PositionReopened', pos(i + 1), '2026-12-31', { status: 'open', close_reason: null })] : []),
  ]),
  ...o.heads.flatMap((h, i) => (h === null ? [] : [facts.head(i + 1, h)])),
  ...o.heads.flatMap((h, i) => (h === null || i % 2 ? [] : [change('OrgUnitHeadSet', unit(i + 1), '2026-06-01', { head_id: null })])),
];

/** The same with a head for most units, who sits in the unit and reports to the head above, and members who report to the head. */
const led = (o: Organisation): Organisation => ({
  ...o,
  heads: o.heads.map((h, i) => (h === null ? null : i + 1)) as Organisation['heads'],
  seats: o.seats.map((s, i) => ({
    ...s,
    of: i < units ? i + 1 : s.of,
    how: i === 0 ? 'none' : i < units || i % 3 > 0 ? 'unit_head' : s.how,
    closes: i < units && i % 3 > 0 ? null : s.closes,
  })) as unknown as Organisation['seats'],
});

/** How many managers have so many reports, as answers show it. */
const distribution = (spans: readonly number[]) =>
  (
    [
      ['1', 1],
      ['2-3', 3],
      ['4-7', 7],
      ['8-12', 12],
      ['13-16', 16],
      ['17+', Number.POSITIVE_INFINITY],
    ] as const
  ).flatMap(([reports, most], i, all) => {
    const managers = spans.filter((n) => n <= most && n > (all[i - 1]?.[1] ?? 0)).length;
    return managers === 0 ? [] : [{ reports, managers }];
  });

/** Layers, spans and lines of every seat on a date by the code that judges plans. */
function* walk(
  world: World,
  view: View,
  date: string,
): Decision<{ layers: (number | null)[]; spans: number[]; reportsInLoops: number; lines: [string, string][] }> {
  const layers: (number | null)[] = [];
  const spans = new Map<string, number>();
  const lines: [string, string][] = [];
  let reportsInLoops = 0;
  const known = new Map<string, HandedDown>();
  for (let n = 1; n <= seats; n++) {
    const [line] = yield* managersOf(world, view, pos(n), date, addDays(date, 1));
    if (line?.id) lines.push([pos(n), line.id]);
    const layer = yield* layerOn(world, view, pos(n), date, known);
    if (!world.active(view, 'position', pos(n), date)) continue;
    layers.push(layer);
    const lead = yield* leadOn(world, view, pos(n), date, known);
    if (lead !== null && layer === null) reportsInLoops++;
    if (lead !== null) spans.set(lead, (spans.get(lead) ?? 0) + 1);
  }
  return { layers, spans: [...spans.values()], reportsInLoops, lines };
}

test('given closed managers, closed heads and such as come later, then SQL and the domain tell the same lines, layers and spans', async (t) => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
  t.log(`SEED=${seed}`);
  const e = await engine(t);
  let tenant = 1;
  const seen = { passed: 0, unreached: 0 };
  for (const o of fc.sample(organisation, { numRuns: organisations, seed })) {
    const caller = await settle(e, ++tenant, [changesOf(o)]);
    for (const date of dates) {
      const where = `seed ${seed} on ${date}: ${JSON.stringify(o)}`;
      const basis = await resolveBasis(e.deps, caller, { effective_on: date });
      const source = timelineSource(e.sql, basis);
      const world = new World({ settings: basis.settings, today: date, newId: () => '', scenario: false });
      const mine = await runDecision(walk(world, 'before', date), source);
      const told = await shape(e.sql, basis);
      const count = (layer: number) => mine.layers.filter((l) => l === layer).length;
      t.deepEqual(
        told.layers,
        [...new Set(mine.layers)]
          .filter((l) => l !== null)
          .sort((a, b) => a - b)
          .map((layer) => ({ layer, positions: count(layer) })),
        where,
      );
      t.is(told.unreached, mine.layers.filter((l) => l === null).length, where);
      t.deepEqual(told.spans, distribution(mine.spans), where);
      t.is(
        mine.spans.reduce((a, b) => a + b, 0),
        mine.layers.filter((l) => l !== null && l > 1).length + mine.reportsInLoops,
        `spans are the positions without the roots: ${where}`,
      );
      const bySql = await managersBySql(
        e.sql,
        basis,
        Array.from({ length: seats }, (_, i) => pos(i + 1)),
      );
      t.deepEqual([...bySql].sort(), mine.lines.sort(), where);
      seen.unreached += told.unreached;
      seen.passed += mine.lines.filter(
        ([id, m]) => world.active('before', 'position', id, date) && !world.active('before', 'position', m, date),
      ).length;
    }
  }
  t.true(seen.passed > 10 && seen.unreached > 0, JSON.stringify(seen));
});

test('given heads, managers and units that move, close and come back, then a plan tells every span and layer that differs', async (t) => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
  t.log(`SEED=${seed}`);
  const e = await engine(t, { now: new Date('2026-03-01T12:00:00Z') });
  const counts = { applied: 0, followed: 0, shifted: 0 };
  const made = fc.sample(
    fc.tuple(organisation, fc.array(followed({ units, positions: seats, actors: 1 }), { minLength: 16, maxLength: 16 })),
    {
      numRuns: organisations,
      seed,
    },
  );
  for (const [n, [random, actions]] of made.entries()) {
    const o = n % 3 === 0 ? random : led(random);
    const caller = await settle(e, n + 2, [changesOf(o)]);
    const { scenario_id } = await createScenario(e.deps, caller, { name: 'Lines' });
    for (const action of actions) {
      const where = `seed ${seed}: ${JSON.stringify(action)} in ${JSON.stringify(o)}`;
      const plan = await planProposal(e.deps, caller, { scenario_id, actions: [action] as Actions }).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw new Error(where, { cause: error });
        return undefined;
      });
      if (!plan) continue;
      const on = { scenario_id, effective_on: plan.impact.effective_on };
      const basis = await resolveBasis(e.deps, caller, on);
      const before = await placesOf(e.sql, basis);
      const layersBefore = (await shape(e.sql, basis)).layers;
      await confirmProposal(e.deps, caller, { proposal_id: plan.proposal_id });
      const after = await resolveBasis(e.deps, caller, on);
      const lines = await linesChecked(t, e, { impact: plan.impact, before, layersBefore, after, where });
      const touched = new Set(plan.changes.map((c) => c.id));
      counts.applied++;
      if ([...lines.after].some(([id, p]) => !touched.has(id) && p.lead !== before.get(id)?.lead)) counts.followed++;
      if ([...lines.after].some(([id, p]) => !touched.has(id) && p.layer !== before.get(id)?.layer)) counts.shifted++;
    }
  }
  t.log(JSON.stringify(counts));
  t.true(counts.followed > counts.applied / 10 && counts.shifted > counts.applied / 10, 'positions move that no plan names');
});
