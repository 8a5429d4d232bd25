import { Decimal } from '../../domain/decimal.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { type ActorKey, actorLeaves } from './actor-leaves.ts';
import { counting } from './counting.ts';
import { kept } from './kept.ts';
import { roundHalfEven } from './money-sql.ts';
import { placementLeaves } from './placement-leaves.ts';
import { Query } from './query.ts';
import { decimalsOf, loadRates, type RateTables } from './rates.ts';
import { keyOf, type SeatKey, seatLeaves } from './seat-leaves.ts';

/** What costs are grouped by. A seat has no kind of actor, so by that only actual cost is grouped. */
export const costGroupings = ['unit', 'grade', 'country', 'employment_type', 'actor_kind'] as const;
export type CostGrouping = (typeof costGroupings)[number];

/** One side of the cost of a group, in the tenant's currency: sums of rounded leaves. */
export interface CostSums {
  annual_base: Decimal;
  annualised: Decimal;
  in_year: Decimal;
  /** How many of how many seats (planned) or placed actors (actual) carry pay. */
  with_pay: Decimal;
  of: Decimal;
}

export interface CostGroup {
  /** Id of a unit, a grade, a country, an employment type or a kind of actor; '' for leaves without one. */
  key: string;
  planned: CostSums;
  actual: CostSums;
}

interface Row {
  key: string;
  annual_base: string | null;
  annualised: string | null;
  in_year: string | null;
  with_pay: string | null;
  of: string | null;
}

const seatKey: Record<Exclude<CostGrouping, 'actor_kind'>, SeatKey> = {
  unit: { columns: [], key: `coalesce(p.unit_id::text, '')` },
  grade: { columns: ['grade'], key: `coalesce(p.grade, '')` },
  country: { columns: [], key: `coalesce(p.country, '')` },
  employment_type: { columns: [], key: `coalesce(p.employment_type, '')` },
};

const planned = (sql: Sql, basis: Basis, rates: RateTables, by: SeatKey): Promise<Row[]> => {
  const q = new Query(basis);
  const base = roundHalfEven('base', decimalsOf(basis.settings.currency));
  const leaves = seatLeaves(q, rates, undefined, by);
  return q.run<Row>(
    sql,
    `with ${leaves}
    select key, sum(base)::text as annual_base, sum(annualised)::text as annualised, sum(in_year)::text as in_year, sum(paid)::text as with_pay, sum(n)::text as of
    from (select key, 1 as n, (base is not null)::int as paid, ${base} as base, rounded as annualised, 0 as in_year from rounded where now
      union all select ${keyOf('place')}, 0, 0, 0, 0, in_year from year) x group by key`,
  );
};

const placementKey: Record<CostGrouping, { key: string; grade?: true }> = {
  unit: { key: `coalesce(l.unit_id::text, '')` },
  // Of the position on the date, whenever the placement began.
  grade: { key: `coalesce(g.grade, '')`, grade: true },
  country: { key: `coalesce(l.country, '')` },
  employment_type: { key: `coalesce(l.employment_type, '')` },
  actor_kind: { key: `coalesce(l.kind, '')` },
};

const grades = (q: Query) => q.effective('position', { columns: ['id', 'grade'] });

const actual = (sql: Sql, basis: Basis, rates: RateTables, by: CostGrouping): Promise<Row[]> => {
  const q = new Query(basis);
  const { key, grade } = placementKey[by];
  const leaves = placementLeaves(q, rates, undefined, {
    key,
    join: grade ? `left join ${grades(q)} g on g.id = l.position_id` : '',
  });
  return q.run<Row>(
    sql,
    `with ${leaves}
    select ${keyOf('place')} as key, null as annual_base, sum(annualised)::text as annualised, sum(in_year)::text as in_year, null as with_pay, null as of from leaf group by 1`,
  );
};

const actorKey: Record<CostGrouping, ActorKey> = {
  unit: { placed: 'unit_id' },
  grade: { placed: 'position_id' },
  country: { own: 'country' },
  employment_type: { own: 'employment_type' },
  actor_kind: { own: 'kind' },
};

const heads = (sql: Sql, basis: Basis, rates: RateTables, by: CostGrouping): Promise<Row[]> => {
  const q = new Query(basis);
  const base = roundHalfEven('base', decimalsOf(basis.settings.currency));
  const leaves = actorLeaves(q, rates, undefined, actorKey[by]);
  const graded = by === 'grade';
  return q.run<Row>(
    sql,
    `with ${leaves}
    select ${graded ? `coalesce(g.grade, '')` : 'w.key'} as key, sum(${base})::text as annual_base, null as annualised, null as in_year, count(p.base)::text as with_pay, count(*)::text as of
    from who w left join pay p on p.id = w.id ${graded ? `left join ${grades(q)} g on g.id::text = w.key` : ''} group by 1`,
  );
};

const nothing = (): CostSums => ({
  annual_base: new Decimal(0),
  annualised: new Decimal(0),
  in_year: new Decimal(0),
  with_pay: new Decimal(0),
  of: new Decimal(0),
});

/** Sum by sum: a + b. */
export const addCosts = (a: CostSums, b: CostSums): CostSums => ({
  annual_base: a.annual_base.plus(b.annual_base),
  annualised: a.annualised.plus(b.annualised),
  in_year: a.in_year.plus(b.in_year),
  with_pay: a.with_pay.plus(b.with_pay),
  of: a.of.plus(b.of),
});

/**
 * Planned and actual cost of a branch by group, in no order. Each leaf is rounded once and stands in one group, so the groups add up to
 * the figures of the branch to the digit: a seat in that of its version on the date, a placement in that of its actor, unit or
 * position, and where it is not in force on the date, where it last stood before, else where it first stands after. Heads stand
 * in the group of their primary placement. Counted once for as long as the branch stands as it does, so pages cost no count.
 */
export const costGroups = async (sql: Sql, basis: Basis, by: CostGrouping): Promise<Map<string, CostGroup>> => {
  const [seats, placed, actors] = await kept(sql, basis, `cost by ${by}`, async () => {
    const rates = await loadRates(sql, basis);
    return Promise.all([
      by === 'actor_kind' ? [] : counting(sql, (tx) => planned(tx, basis, rates, seatKey[by])),
      counting(sql, (tx) => actual(tx, basis, rates, by)),
      counting(sql, (tx) => heads(tx, basis, rates, by)),
    ]);
  });
  const groups = new Map<string, CostGroup>();
  const add = (side: 'planned' | 'actual', row: Row): void => {
    const group = groups.get(row.key) ?? { key: row.key, planned: nothing(), actual: nothing() };
    groups.set(row.key, group);
    const number = (text: string | null) => new Decimal(text ?? 0);
    group[side] = addCosts(group[side], {
      annual_base: number(row.annual_base),
      annualised: number(row.annualised),
      in_year: number(row.in_year),
      with_pay: number(row.with_pay),
      of: number(row.of),
    });
  };
  for (const row of seats) add('planned', row);
  for (const row of [...placed, ...actors]) add('actual', row);
  return groups;
};
