import test from 'ava';
import { type Change, change } from '../src/domain/changes.ts';
import { addDays, daysBetween } from '../src/domain/dates.ts';
import { Decimal, roundMoney } from '../src/domain/decimal.ts';
import { additive, figures } from '../src/projections/queries/figures.ts';
import { shape } from '../src/projections/queries/layers.ts';
import { managersOf, mayReportTo } from '../src/projections/queries/managers.ts';
import { loadRates } from '../src/projections/queries/rates.ts';
import { branchFigures } from '../src/projections/queries/totals.ts';
import { subtreeIds, treeRows } from '../src/projections/queries/tree.ts';
import { resolveBasis } from '../src/application/read/basis.ts';
import { Brute } from './queries/brute.ts';
import { history } from './queries/history.ts';
import { random } from './queries/organisation.ts';
import { engine, id } from './support/engine.ts';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** What the brute count says of a basis, as text. */
const expected = (brute: Brute, on: string, currency: string) => {
  const [from, to] = [`${on.slice(0, 4)}-01-01`, `${Number(on.slice(0, 4)) + 1}-01-01`];
  const round = (d: Decimal) => roundMoney(d, currency);
  const sum = (list: readonly Decimal[]) => list.reduce((a, b) => a.plus(b), new Decimal(0));
  const seats = brute.seats(on);
  const placed = brute.placed(on);
  const working = placed.filter((l) => brute.at('actor', l.actor_id as string, on)?.status === 'active');
  const heads = [...new Set(working.map((l) => l.actor_id as string))].map((id) => brute.at('actor', id, on) as Record<string, unknown>);
  const held = new Set(placed.map((l) => l.position_id));
  const planned = new Map<string, Decimal>();
  const actual = new Map<string, Decimal>();
  const add = (to: Map<string, Decimal>, id: string, cost: Decimal) => to.set(id, (to.get(id) ?? new Decimal(0)).plus(cost));
  for (let day = from; day < to; day = addDays(day, 1)) {
    for (const p of brute.seats(day)) add(planned, p.id, brute.seatCost(p, on, currency));
    for (const l of brute.placed(day)) add(actual, l.id, brute.placementCost(l, day, on, currency));
  }
  const days = daysBetween(from, to);
  return {
    seats: seats.length,
    planned: seats.filter((p) => p.status === 'planned').length,
    frozen: seats.filter((p) => p.status === 'frozen').length,
    vacant_positions: seats.filter((p) => p.status !== 'planned' && !held.has(p.id)).length,
    units: brute.all('org_unit', on).filter((u) => u.status === 'active').length,
    headcount: heads.filter((a) => a.kind === 'human').length,
    contractors: heads.filter((a) => a.kind === 'human' && a.employment_type === 'contractor').length,
    robots: heads.filter((a) => a.kind === 'robot').length,
    ai_agents: heads.filter((a) => a.kind === 'ai_agent').length,
    placed_actors: heads.length,
    establishment_fte: sum(seats.map((p) => new Decimal((p.capacity_fte as string) ?? 0))).toFixed(),
    fte: sum(working.map((l) => brute.fte(l, on).toDecimalPlaces(4))).toFixed(),
    fte_in_post: sum(working.filter((l) => l.position_id).map((l) => brute.fte(l, on).toDecimalPlaces(4))).toFixed(),
    planned_annualised: sum(seats.map((p) => round(brute.seatCost(p, on, currency)))).toFixed(),
    planned_in_year: sum([...planned.values()].map((c) => round(c.dividedBy(days)))).toFixed(),
    planned_base: sum(
      seats.map((p) =>
        round(
          brute.base(on, currency, {
            amount: p.pay_amount,
            basis: p.pay_basis,
            currency: p.pay_currency,
            unit: p.unit_id,
            country: p.country,
            employment: p.employment_type,
          }) ?? new Decimal(0),
        ),
      ),
    ).toFixed(),
    actual_annualised: sum(placed.map((l) => round(brute.placementCost(l, on, on, currency)))).toFixed(),
    actual_in_year: sum([...actual.values()].map((c) => round(c.dividedBy(days)))).toFixed(),
  };
};

const told = (found: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(
    names.map((n) => [
      n,
      typeof found[n] === 'object'
        ? ['headcount', 'seats'].includes(n)
          ? (found[n] as Decimal).toNumber()
          : (found[n] as Decimal).toFixed()
        : found[n],
    ]),
  );

for (const [currency, decimals] of [
  ['GBP', 2],
  ['JPY', 0],
  ['BHD', 3],
] as const)
  test(`figures of baselines and scenarios at any position and date equal a slow count in ${currency}`, async (t) => {
    t.log(`SEED=${seed}`);
    const { e, log, basis } = await history(t, random(seed + decimals), currency, decimals, 60);
    for (const b of basis) {
      const want = expected(new Brute(log, b.branch, b.position, b.pin), b.effective_on, currency);
      const names = Object.keys(want);
      const full = await figures(e.sql, b, await loadRates(e.sql, b));
      const where = `branch ${b.branch} position ${b.position} pin ${b.pin} on ${b.effective_on}`;
      const text = (f: object) =>
        Object.fromEntries(Object.entries(told(f as Record<string, unknown>, names)).map(([k, v]) => [k, String(v)]));
      t.deepEqual(text(full), Object.fromEntries(Object.entries(want).map(([k, v]) => [k, String(v)])), where);
      const byDifference = await branchFigures(e.sql, b);
      t.deepEqual(JSON.stringify(byDifference), JSON.stringify({ ...full }), `kept baseline and difference: ${where}`);
      t.deepEqual(JSON.stringify(await branchFigures(e.sql, b)), JSON.stringify(full), `asked again: ${where}`);
    }
  });

test('layers, managers and subtrees of generated organisations equal a walk from every seat', async (t) => {
  t.log(`SEED=${seed}`);
  const { e, log, basis } = await history(t, random(seed + 77), 'GBP', 2, 80);
  let seen = 0;
  for (const b of basis) {
    const brute = new Brute(log, b.branch, b.position, b.pin);
    const seats = brute.seats(b.effective_on);
    const layers = new Map<number, number>();
    for (const p of seats) {
      const layer = brute.layer(p, b.effective_on);
      if (layer !== undefined) layers.set(layer, (layers.get(layer) ?? 0) + 1);
    }
    const found = await shape(e.sql, b);
    const where = `branch ${b.branch} position ${b.position} on ${b.effective_on}`;
    t.deepEqual(
      found.layers,
      [...layers].map(([layer, positions]) => ({ layer, positions })).sort((x, y) => x.layer - y.layer),
      where,
    );
    t.is(found.unreached, seats.length - [...layers.values()].reduce((x, y) => x + y, 0), where);
    const managers = await managersOf(
      e.sql,
      b,
      seats.map((p) => p.id),
    );
    for (const p of seats) t.is(managers.get(p.id) ?? null, brute.managerOf(p, b.effective_on), `${where} manager of ${p.id}`);
    const manager = [...managers.values()][0];
    if (manager) {
      const may = await mayReportTo(e.sql, b, manager);
      const mine = [...(await managersOf(e.sql, b, may))]
        .filter(([, m]) => m === manager)
        .map(([id]) => id)
        .sort();
      t.deepEqual(
        mine,
        brute
          .all('position', b.effective_on)
          .filter((p) => brute.managerOf(p, b.effective_on) === manager)
          .map((p) => p.id)
          .sort(),
        `${where} reports of ${manager}`,
      );
      seen++;
    }
    const root = brute.all('org_unit', b.effective_on).find((u) => u.parent_id === null);
    if (root) {
      const below = (id: string): string[] => [
        id,
        ...brute
          .all('org_unit', b.effective_on)
          .filter((u) => u.parent_id === id)
          .flatMap((u) => below(u.id)),
      ];
      t.deepEqual((await subtreeIds(e.sql, b, root.id)).sort(), below(root.id).sort());
      const tree = await treeRows(e.sql, b, { depth: 50, limit: 5000 });
      t.deepEqual(
        tree.map((u) => u.id).sort(),
        below(root.id)
          .filter((id) => brute.at('org_unit', id, b.effective_on)?.status === 'active')
          .sort(),
      );
    }
  }
  t.true(seen > 0, 'some manager was asked for');
});

test('each kind of touched thing moves exactly the figures that rest on it', async (t) => {
  const e = await engine(t, { settings: { currency: 'GBP' }, now: new Date('2026-06-15T10:00:00Z') });
  const start = '2026-01-01';
  const seat = (name: string, unit: string) =>
    change('PositionCreated', id(name), start, {
      title: name,
      unit_id: id(unit),
      status: 'open',
      reporting: 'none',
      capacity_fte: '1',
      pay_amount: '1000',
      pay_basis: 'annual',
      pay_currency: 'GBP',
    });
  await e.givenBaseline([
    change('OrgUnitCreated', id('root'), start, { name: 'Root', kind: 'company', parent_id: null }),
    change('OrgUnitCreated', id('dear'), start, { name: 'Dear', kind: 'team', parent_id: id('root') }),
    change('OrgUnitCreated', id('plain'), start, { name: 'Plain', kind: 'team', parent_id: id('root') }),
    change('AssumptionSet', id('rate'), start, { name: 'on_cost_rate', scope: 'unit', scope_ref: id('dear'), value: '0.5' }),
    seat('one', 'plain'),
    seat('two', 'root'),
    change('ActorAdded', id('ann'), start, { kind: 'human', external_uid: 'ann', contract_fte: '1' }),
    change('PlacementStarted', id('sits'), start, {
      actor_id: id('ann'),
      unit_id: id('plain'),
      position_id: id('one'),
      allocation: '100',
      is_primary: true,
      role: 'member',
    }),
    change('CompensationSet', id('pay'), start, { actor_id: id('ann'), amount: '2000', basis: 'annual', currency: 'GBP' }),
  ]);
  const on = { effective_on: '2026-08-01' };
  const before = await branchFigures(e.sql, await resolveBasis(e.deps, e.caller(), on));
  const moved = async (changes: Change[]): Promise<string[]> => {
    const scenario = await e.givenScenario();
    await e.givenConfirmed(scenario, changes);
    const basis = await resolveBasis(e.deps, e.caller(), { ...on, scenario_id: scenario.scenario_id });
    const after = await branchFigures(e.sql, basis);
    t.is(JSON.stringify(after), JSON.stringify(await figures(e.sql, basis, await loadRates(e.sql, basis))));
    return additive.filter((name) => !after[name].equals(before[name]));
  };
  const from = '2026-07-01';
  const actual = ['actual_annualised', 'actual_in_year'];
  t.deepEqual(
    await moved([change('CompensationSet', id('bonus'), from, { actor_id: id('ann'), amount: '5', basis: 'annual', currency: 'GBP' })]),
    ['actual_base', ...actual],
  );
  t.deepEqual(await moved([change('CompensationEnded', id('pay'), from)]), ['actual_base', ...actual, 'actual_with_pay']);
  t.deepEqual(await moved([change('ActorUpdated', id('ann'), from, { contract_fte: '0.5' })]), ['fte', 'fte_in_post', ...actual]);
  t.deepEqual(await moved([change('ActorUpdated', id('ann'), from, { employment_type: 'contractor' })]), ['contractors']);
  t.deepEqual(await moved([change('ActorExited', id('ann'), from)]), [
    'headcount',
    'placed_actors',
    'placements',
    'fte',
    'fte_in_post',
    'actual_base',
    ...actual,
    'actual_with_pay',
  ]);
  t.deepEqual(await moved([change('PlacementUpdated', id('sits'), from, { position_id: id('two') })]), []);
  t.deepEqual(await moved([change('PlacementUpdated', id('sits'), from, { unit_id: id('dear') })]), actual);
  t.deepEqual(await moved([change('PlacementEnded', id('sits'), from)]), [
    'vacant_positions',
    'headcount',
    'placed_actors',
    'placements',
    'fte',
    'fte_in_post',
    'actual_base',
    ...actual,
    'actual_with_pay',
  ]);
  t.deepEqual(await moved([change('PositionMoved', id('one'), from, { unit_id: id('dear') })]), ['planned_annualised', 'planned_in_year']);
  t.deepEqual(await moved([change('OrgUnitMoved', id('plain'), from, { parent_id: id('dear') })]), [
    'planned_annualised',
    'planned_in_year',
    ...actual,
  ]);
  t.deepEqual(
    await moved([change('AssumptionSet', id('more'), from, { name: 'on_cost_rate', scope: 'tenant', scope_ref: null, value: '0.3' })]),
    ['planned_annualised', 'planned_in_year', ...actual],
  );
  t.deepEqual(await moved([change('PositionClosed', id('two'), from, { close_reason: 'redundancy' })]), [
    'seats',
    'open',
    'vacant_positions',
    'establishment_fte',
    'planned_base',
    'planned_annualised',
    'planned_in_year',
    'planned_with_pay',
  ]);
  t.deepEqual(await moved([change('OrgUnitClosed', id('dear'), from)]), ['units']);
});
