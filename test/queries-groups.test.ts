import test from 'ava';
import { change } from '../src/domain/changes.ts';
import { addDays, daysBetween } from '../src/domain/dates.ts';
import { Decimal, fteText, moneyText, roundMoney } from '../src/domain/decimal.ts';
import type { Basis } from '../src/projections/basis.ts';
import { type Answer, ask } from './queries/ask.ts';
import { Brute, type Row } from './queries/brute.ts';
import { history } from './queries/history.ts';
import { random } from './queries/organisation.ts';
import { engine, id } from './support/engine.ts';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** A leaf of one side as the slow count sees it: its cost on the date and in the year, and the row by whose values it is grouped. */
interface Leaf {
  now: Decimal;
  year: Decimal;
  at: Row;
}

const latestElseNext = (days: string[], on: string): string => days.filter((d) => d <= on).at(-1) ?? (days[0] as string);

const leavesOf = (brute: Brute, basis: Basis, currency: string) => {
  const on = basis.effective_on;
  const [from, to] = [`${on.slice(0, 4)}-01-01`, `${Number(on.slice(0, 4)) + 1}-01-01`];
  const length = daysBetween(from, to);
  const days = Array.from({ length }, (_, n) => addDays(from, n));
  const round = (d: Decimal) => roundMoney(d, currency);
  const side = (there: (day: string) => { id: string; cost: Decimal; at: Row }[]): Leaf[] => {
    const found = new Map<string, { day: string; cost: Decimal; at: Row }[]>();
    for (const day of days) for (const { id, ...leaf } of there(day)) found.set(id, [...(found.get(id) ?? []), { day, ...leaf }]);
    return [...found.values()].map((rows) => {
      const stands = latestElseNext(
        rows.map((r) => r.day),
        on,
      );
      return {
        now: round(rows.find((r) => r.day === on)?.cost ?? new Decimal(0)),
        year: round(rows.reduce((sum, r) => sum.plus(r.cost), new Decimal(0)).dividedBy(length)),
        at: rows.find((r) => r.day === stands)?.at as Row,
      };
    });
  };
  const planned = side((day) => brute.seats(day).map((p) => ({ id: p.id, cost: brute.seatCost(p, on, currency), at: p })));
  const actual = side((day) =>
    brute.placed(day).flatMap((l) => {
      const actor = brute.at('actor', l.actor_id as string, day);
      const paid =
        actor?.status === 'active' &&
        brute.all('compensation', day).some(
          (c) =>
            c.status === 'active' &&
            c.actor_id === l.actor_id &&
            brute.base(on, currency, {
              amount: c.amount,
              basis: c.basis,
              currency: c.currency,
              unit: l.unit_id,
              country: actor.country,
              employment: actor.employment_type,
            }),
        );
      const grade = brute.at('position', l.position_id as string | null, on)?.grade ?? null;
      return paid
        ? [
            {
              id: l.id,
              cost: brute.placementCost(l, day, on, currency),
              at: { ...actor, unit_id: l.unit_id as string, grade } as Row,
            },
          ]
        : [];
    }),
  );
  return { planned, actual };
};

const column = { unit: 'unit_id', grade: 'grade', country: 'country', employment_type: 'employment_type', actor_kind: 'kind' } as const;

const summed = (leaves: readonly Leaf[], by: keyof typeof column): Map<string, { now: Decimal; year: Decimal }> => {
  const groups = new Map<string, { now: Decimal; year: Decimal }>();
  for (const leaf of leaves) {
    const key = String(leaf.at[column[by]] ?? '');
    const sum = groups.get(key) ?? { now: new Decimal(0), year: new Decimal(0) };
    groups.set(key, { now: sum.now.plus(leaf.now), year: sum.year.plus(leaf.year) });
  }
  return groups;
};

test('every group of every cost summary equals a slow count, and the groups add up to the overview to the digit', async (t) => {
  t.log(`SEED=${seed}`);
  const { e, log, basis } = await history(t, random(seed + 5), 'GBP', 2, 60);
  for (const b of basis.filter((_, i) => i % 3 === 0)) {
    const brute = new Brute(log, b.branch, b.position, b.pin);
    const leaves = leavesOf(brute, b, 'GBP');
    const on = { as_of: b.position, effective_on: b.effective_on, ...(b.scenario_id ? { scenario_id: b.scenario_id } : {}) };
    const overview = await ask(e, 'org.overview', on);
    for (const by of ['unit', 'grade', 'country', 'employment_type', 'actor_kind'] as const) {
      const answer = await ask(e, 'cost.summary', { ...on, by, limit: 500 });
      const where = `by ${by}, branch ${b.branch} position ${b.position} on ${b.effective_on}`;
      t.deepEqual(answer.total, overview.cost, where);
      for (const side of ['planned', 'actual'] as const) {
        if (side === 'planned' && by === 'actor_kind') continue;
        const want = summed(leaves[side], by);
        const found = answer.groups.filter((g: Answer) => want.has(g.key) || g[side].annualised !== '0.00' || g[side].in_year !== '0.00');
        t.deepEqual(
          Object.fromEntries(found.map((g: Answer) => [g.key, [g[side].annualised, g[side].in_year]])),
          Object.fromEntries([...want].map(([key, s]) => [key, [moneyText(s.now, 'GBP'), moneyText(s.year, 'GBP')]])),
          `${side} ${where}`,
        );
        const add = (pick: (g: Answer) => string | number): string =>
          answer.groups.reduce((sum: Decimal, g: Answer) => sum.plus(pick(g[side])), new Decimal(0)).toFixed();
        for (const name of ['annual_base', 'annualised', 'in_year'] as const)
          t.is(
            add((s) => s[name]),
            new Decimal(overview.cost[side][name]).toFixed(),
            `${side} ${name} ${where}`,
          );
        t.is(
          add((s) => s.coverage.with_pay),
          String(overview.cost[side].coverage.with_pay),
          `${side} with_pay ${where}`,
        );
        t.is(
          add((s) => s.coverage.of),
          String(overview.cost[side].coverage.of),
          `${side} of ${where}`,
        );
      }
    }
  }
});

test('counts by unit, with and without what lies below, equal a slow count; nobody counts twice in one', async (t) => {
  t.log(`SEED=${seed}`);
  const { e, log, basis } = await history(t, random(seed + 6), 'GBP', 2, 90);
  for (const b of basis.filter((_, i) => i % 2 === 0)) {
    const on = b.effective_on;
    const brute = new Brute(log, b.branch, b.position, b.pin);
    const parent = new Map(brute.all('org_unit', on).map((u) => [u.id, u.parent_id as string | null]));
    // A unit that is named before it is there stands where it first stands.
    const later = brute.all('org_unit', '2030-01-01').filter((u) => !parent.has(u.id));
    const first = (id: string): string | null => {
      for (let day = on; ; day = addDays(day, 1)) {
        const unit = brute.at('org_unit', id, day);
        if (unit) return (unit.parent_id as string | null) ?? null;
      }
    };
    const above = new Map([...parent, ...later.map((u) => [u.id, first(u.id)] as const)]);
    const chain = (id: string | null): string[] => (id === null ? [] : [id, ...chain(above.get(id) ?? null)]);
    const basisInput = { as_of: b.position, effective_on: on, ...(b.scenario_id ? { scenario_id: b.scenario_id } : {}) };
    for (const subtree of [false, true]) {
      const answer = await ask(e, 'org.metrics', { ...basisInput, by_unit: true, subtree, limit: 500 });
      const units: Record<string, unknown>[] = answer.units;
      for (const unit of units) {
        const id = unit.org_unit_id as string;
        const here = (of: unknown) => (subtree ? chain(of as string | null).includes(id) : of === id);
        const seats = brute.seats(on).filter((p) => here(p.unit_id));
        const placed = brute.placed(on).filter((l) => here(l.unit_id) && brute.at('actor', l.actor_id as string, on)?.status === 'active');
        const heads = [...new Set(placed.map((l) => l.actor_id as string))].map((a) => brute.at('actor', a, on) as Row);
        const held = new Set(brute.placed(on).map((l) => l.position_id));
        const managing = new Set(brute.seats(on).map((p) => brute.managerOf(p, on)));
        const sum = (list: Decimal[]) => fteText(list.reduce((x, y) => x.plus(y), new Decimal(0)));
        t.like(
          unit,
          {
            headcount: heads.filter((a) => a.kind === 'human').length,
            contractors: heads.filter((a) => a.kind === 'human' && a.employment_type === 'contractor').length,
            robots: heads.filter((a) => a.kind === 'robot').length,
            ai_agents: heads.filter((a) => a.kind === 'ai_agent').length,
            seats: seats.length,
            planned: seats.filter((p) => p.status === 'planned').length,
            frozen: seats.filter((p) => p.status === 'frozen').length,
            vacant_positions: seats.filter((p) => p.status !== 'planned' && !held.has(p.id)).length,
            managers: seats.filter((p) => managing.has(p.id)).length,
            fte: sum(placed.map((l) => brute.fte(l, on).toDecimalPlaces(4))),
            establishment_fte: sum(seats.map((p) => new Decimal((p.capacity_fte as string) ?? 0).toDecimalPlaces(4))),
          },
          `${id} subtree ${subtree} branch ${b.branch} position ${b.position} on ${on}`,
        );
      }
      if (!subtree)
        t.is(
          units.reduce((n, u) => n + (u.seats as number), 0),
          brute.seats(on).filter((p) => p.unit_id).length,
          'no unit is left out',
        );
    }
  }
});

test('a seat that changes its grade stands whole in the grade it has on the date, else in the one it had last, else in its first', async (t) => {
  const e = await engine(t, { settings: { currency: 'GBP' }, now: new Date('2026-06-15T10:00:00Z') });
  const seat = id('seat');
  const pay = { pay_amount: '36500', pay_basis: 'annual', pay_currency: 'GBP' };
  await e.givenBaseline([
    change('OrgUnitCreated', id('root'), '2026-01-01', { name: 'Acme', kind: 'company', parent_id: null }),
    change('PositionCreated', seat, '2026-03-01', {
      title: 'Seat',
      unit_id: id('root'),
      status: 'open',
      reporting: 'none',
      capacity_fte: '1',
      employment_type: 'permanent',
      grade: 'A',
      ...pay,
    }),
    change('PositionUpdated', seat, '2026-05-01', { grade: 'B' }),
    change('PositionUpdated', seat, '2026-09-01', { grade: 'C' }),
    change('PositionClosed', seat, '2026-11-01', { close_reason: 'not_needed' }),
  ]);
  const groups = async (effective_on: string) =>
    Object.fromEntries((await ask(e, 'cost.summary', { by: 'grade', effective_on })).groups.map((g: Answer) => [g.key, g.planned.in_year]));
  const year = '31360.00'; // 36,500 x 1.28 x 245 days of 365
  t.deepEqual(await groups('2026-06-15'), { B: year }, 'as it is on the date, whatever comes later');
  t.deepEqual(await groups('2026-12-01'), { C: year }, 'closed on the date: as it was last');
  t.deepEqual(await groups('2026-01-15'), { A: year }, 'not there yet on the date: as it comes first');
});

test('the fixed on-cost of a seat counts once in its group, though its holder has two pays that began on different dates', async (t) => {
  const e = await engine(t, { settings: { currency: 'GBP' }, now: new Date('2026-06-15T10:00:00Z') });
  const pay = (name: string, from: string) =>
    change('CompensationSet', id(name), from, { actor_id: id('ann'), amount: '1000', basis: 'annual', currency: 'GBP', status: 'active' });
  const rate = (name: string, value: string) =>
    change('AssumptionSet', id(name), '2025-01-01', { name, scope: 'tenant', scope_ref: null, value });
  await e.givenBaseline([
    change('OrgUnitCreated', id('root'), '2025-01-01', { name: 'Acme', kind: 'company', parent_id: null }),
    change('PositionCreated', id('seat'), '2025-01-01', { title: 'Seat', unit_id: id('root'), status: 'open', reporting: 'none' }),
    change('ActorAdded', id('ann'), '2025-01-01', { kind: 'human', external_uid: 'a', contract_fte: '1', status: 'active' }),
    change('PlacementStarted', id('held'), '2025-01-01', {
      actor_id: id('ann'),
      unit_id: id('root'),
      position_id: id('seat'),
      allocation: '100',
      is_primary: true,
      role: 'member',
      status: 'active',
    }),
    pay('one', '2025-01-01'),
    pay('two', '2026-03-01'),
    rate('on_cost_rate', '0'),
    rate('fixed_on_cost', '100'),
  ]);
  for (const by of ['unit', 'grade', 'country', 'employment_type', 'actor_kind']) {
    const answer = await ask(e, 'cost.summary', { by });
    // 1,000 all year and 1,000 for 306 days of 365, and 100 once.
    const want = { annualised: '2100.00', in_year: '1938.36' };
    t.like(answer.total.actual, want);
    t.like(answer.groups[0].actual, want, by);
  }
});
