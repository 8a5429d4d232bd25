import { z } from 'zod';
import { type Decimal, fteText, moneyText } from '../../domain/decimal.ts';
import type { Basis } from '../../projections/basis.ts';
import type { CostSums } from '../../projections/queries/cost-groups.ts';
import type { Figures } from '../../projections/queries/figures.ts';
import type { Caller } from '../context.ts';

/** The same object without what is null or undefined: answers hold no nulls. */
export const present = <T extends object>(object: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(object).filter(([, v]) => v !== null && v !== undefined)) as { [K in keyof T]: NonNullable<T[K]> };

/** Money and FTE as a caller may see them. */
export const seesCosts = (caller: Caller): boolean => caller.abilities.has('costs.read');
export const seesPersons = (caller: Caller): boolean => caller.abilities.has('actors.personal.read');

/** An id in an answer: a uuid; its pattern is left out of output schemas, which every client downloads. */
export const idField = z.string();

export const moneyField = z.string().describe('Money as text with exactly the decimals of its currency.');
export const fteField = z.string().describe('FTE as text, up to four decimals.');

const count = (what: string) => z.int().describe(what);

export const costOutput = z
  .object({
    annual_base: moneyField.describe('Sum of annual pay per head, without FTE and on-cost.'),
    annualised: moneyField.describe('Sum over leaves of pay x FTE x (1 + on-cost rate) + fixed on-cost.'),
    in_year: moneyField.describe('annualised x active days / days of the fiscal year that holds effective_on.'),
    currency: z.string(),
    coverage: z
      .object({ with_pay: z.int(), of: z.int() })
      .describe('How many of how many carry pay (seats; for actual cost: placed actors).'),
  })
  .meta({ id: 'Cost' });

export const figuresOutput = {
  headcount: count('Distinct active human actors with an active placement; contractors are within it.'),
  contractors: count('Those of the headcount whose employment type is contractor.'),
  robots: count('Robots with an active placement; not in the headcount.'),
  ai_agents: count('AI agents with an active placement; not in the headcount.'),
  seats: count('Positions in force: planned, open and frozen.'),
  planned: count('Seats that are planned.'),
  frozen: count('Seats that are frozen.'),
  vacant_positions: count('Open or frozen positions without an active placement.'),
  units: count('Active units, the root included.'),
  fte: fteField.describe('Sum of contract FTE x allocation / 100 of active placements; unknown FTE counts 0.'),
  establishment_fte: fteField.describe('Sum of the capacity FTE of seats; unknown counts 0.'),
  fte_in_post: fteField.describe('FTE of the placements that name a position.'),
  vacancy_fte: fteField.describe('establishment_fte - fte_in_post; may be negative.'),
  fiscal_year: z.object({ label: z.string(), from: z.string(), to: z.string().describe('First day after it.') }),
  cost: z
    .object({ planned: costOutput, actual: costOutput })
    .optional()
    .describe('planned: capacity of seats with target pay. actual: placements by the pay of their actors. Absent without costs.read.'),
};

/** One side of a cost as answers show it. Callers check costs.read. */
export const printCost = (sums: CostSums, currency: string): z.input<typeof costOutput> => ({
  annual_base: moneyText(sums.annual_base, currency),
  annualised: moneyText(sums.annualised, currency),
  in_year: moneyText(sums.in_year, currency),
  currency,
  coverage: { with_pay: sums.with_pay.toNumber(), of: sums.of.toNumber() },
});

/** The figures as answers show them; no amount without costs.read. */
export const printFigures = (basis: Basis, f: Figures, year: { label: string; from: string; to: string }, costs: boolean) => {
  const { currency } = basis.settings;
  const n = (d: Decimal) => d.toNumber();
  const cost = (side: 'planned' | 'actual', of: Decimal) =>
    printCost(
      {
        annual_base: f[`${side}_base`],
        annualised: f[`${side}_annualised`],
        in_year: f[`${side}_in_year`],
        with_pay: f[`${side}_with_pay`],
        of,
      },
      currency,
    );
  return {
    headcount: n(f.headcount),
    contractors: n(f.contractors),
    robots: n(f.robots),
    ai_agents: n(f.ai_agents),
    seats: n(f.seats),
    planned: n(f.planned),
    frozen: n(f.frozen),
    vacant_positions: n(f.vacant_positions),
    units: n(f.units),
    fte: fteText(f.fte),
    establishment_fte: fteText(f.establishment_fte),
    fte_in_post: fteText(f.fte_in_post),
    vacancy_fte: fteText(f.establishment_fte.minus(f.fte_in_post)),
    fiscal_year: { label: year.label, from: year.from, to: year.to },
    ...(costs ? { cost: { planned: cost('planned', f.seats), actual: cost('actual', f.placed_actors) } } : {}),
  };
};

/** Text of up to 2,000 characters cut to a length, with an ellipsis that shows the cut. */
export const cut = (text: string, length = 200): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);
