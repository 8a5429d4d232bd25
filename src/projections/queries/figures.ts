import { fiscalYear } from '../../domain/dates.ts';
import { Decimal } from '../../domain/decimal.ts';
import { monthStarts } from '../../domain/money.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { counting } from './counting.ts';
import { actorFigures } from './figures-actors.ts';
import { placedFigures } from './figures-placements.ts';
import { seatFigures } from './figures-seats.ts';
import { among, Query } from './query.ts';
import type { RateTables } from './rates.ts';

/** The additive figures: each is a sum over single units, positions, placements and actors, so differences of parts add up. */
export const additive = [
  'units',
  'seats',
  'planned',
  'open',
  'frozen',
  'vacant_positions',
  'establishment_fte',
  'planned_base',
  'planned_annualised',
  'planned_in_year',
  'planned_with_pay',
  'headcount',
  'contractors',
  'robots',
  'ai_agents',
  'placed_actors',
  'placements',
  'fte',
  'fte_in_post',
  'actual_base',
  'actual_annualised',
  'actual_in_year',
  'actual_with_pay',
] as const;
export type Additive = (typeof additive)[number];

/** Money in the tenant's currency (sums of rounded leaves); `months`: planned annualised on the first of each month of the fiscal year. */
export type Figures = Record<Additive, Decimal> & { months: { month: string; annualised: Decimal }[] };

/** Narrows the figures to what some things contribute; everything when left out. */
export interface Parts {
  org_units: readonly string[];
  positions: readonly string[];
  placements: readonly string[];
  actors: readonly string[];
}

/** Figures by name as a statement gives them: text, or null for an empty sum. */
export type Numbers = Record<string, string | null>;

const unitFigures = async (sql: Sql, basis: Basis, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const where = among(q, 'id', parts?.org_units);
  const [row] = await q.run<Numbers>(
    sql,
    `select count(*)::text as units from ${q.effective('org_unit', { columns: ['status'], ...(where ? { where } : {}) })} u where u.status = 'active'`,
  );
  return row ?? {};
};

/**
 * The figures of a branch, or of what some things contribute to it, on the effective date. Rates and the tree of units are those of
 * that date. Money is rounded half-even once per leaf: a position or a placement, and for the base an actor.
 */
export const figures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Figures> => {
  const year = fiscalYear(basis.effective_on, basis.settings.fiscal_year_start);
  const found: Numbers = {};
  const counts = [seatFigures, placedFigures, actorFigures].map(
    (part) => () => (parts ? part(sql, basis, rates, parts) : counting(sql, (tx) => part(tx, basis, rates))),
  );
  for (const part of await Promise.all(counts.map((count) => count()))) Object.assign(found, part);
  Object.assign(found, await unitFigures(sql, basis, parts));
  const number = (name: string) => new Decimal(found[name] ?? 0);
  return {
    ...(Object.fromEntries(additive.map((name) => [name, number(name)])) as Record<Additive, Decimal>),
    months: monthStarts(year).map((month, i) => ({ month, annualised: number(`m${i}`) })),
  };
};

/** Figure by figure: a + sign * b. Both are of the same date. */
export const combine = (a: Figures, sign: 1 | -1, b: Figures): Figures => ({
  ...(Object.fromEntries(additive.map((name) => [name, a[name].plus(b[name].times(sign))])) as Record<Additive, Decimal>),
  months: a.months.map((m, i) => ({
    month: m.month,
    annualised: m.annualised.plus((b.months[i]?.annualised ?? new Decimal(0)).times(sign)),
  })),
});
