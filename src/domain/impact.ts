import type { Decimal } from './decimal.ts';
import { fteText, moneyText } from './decimal.ts';
import { fullYearEffect } from './money.ts';

/** before, after and the difference, all as decimal text. */
export interface Delta {
  before: string;
  after: string;
  delta: string;
}

/**
 * What a list of changes does to a branch, on `effective_on` (the latest effective date among the changes, so that all of
 * them hold). Counts and money are of the whole branch; money is in the tenant's currency with exactly its decimals.
 */
export interface Impact {
  effective_on: string;
  currency: string;
  /** The fiscal year that holds `effective_on`, e.g. "2026". */
  fiscal_year: string;
  headcount: Delta;
  contractors: Delta;
  robots: Delta;
  ai_agents: Delta;
  seats: Delta;
  vacant_positions: Delta;
  establishment_fte: Delta;
  fte: Delta;
  /** Planned cost: capacity of seats with target pay. */
  annualised: Delta;
  in_year: Delta;
  /** annualised change less in-year change. */
  full_year_effect: string;
  /** Actual cost: placements and compensation. */
  actual_annualised: Delta;
  actual_in_year: Delta;
  one_off: Delta;
  /** Planned run-rate by month (annualised / 12, rounded half-even) on the first of each month of the fiscal year, before and after. */
  run_rate_by_month: { month: string; before: string; after: string }[];
  /** Every manager whose number of direct reports changes, by those who only follow another head too. */
  spans: { position_id: string; delta: number }[];
  /** Touched positions whose own layer changes; null where a position reports to nobody it did or will exist under. */
  layers: { position_id: string; before: number | null; after: number | null }[];
  /**
   * How many positions of the whole branch get another layer, by what it is before and after, touched or not; null where they are
   * not in force. Absent from proposals that were planned before these were counted.
   */
  layer_shifts?: { before: number | null; after: number | null; positions: number }[];
  touched: Record<import('./entities.ts').Kind, number>;
}

export const countFigures = ['headcount', 'contractors', 'robots', 'ai_agents', 'seats', 'vacant_positions'] as const;
export const fteFigures = ['establishment_fte', 'fte'] as const;
export const moneyFigures = ['annualised', 'in_year', 'actual_annualised', 'actual_in_year', 'one_off'] as const;
export const figures = [...countFigures, ...fteFigures, ...moneyFigures] as const;
export type Figure = (typeof figures)[number];

/**
 * The figures of a whole branch on one effective date. Money in the tenant's currency, sums of rounded leaves.
 * - headcount: distinct active human actors with an active placement on the date; contractors: those of them whose employment
 *   type is contractor; robots, ai_agents: the same count for the other kinds.
 * - seats: planned, open and frozen positions; vacant_positions: open or frozen ones without an active placement.
 * - establishment_fte: capacity FTE of seats (unknown counts 0); fte: contract FTE x allocation / 100 of active placements of active actors.
 * - annualised, in_year: planned cost of seats; actual_*: cost of placements by the compensation of their actor.
 */
export type Totals = { [F in Figure]: Decimal } & {
  effective_on: string;
  /** Label of the fiscal year that holds `effective_on`, as `fiscalYear` in dates.ts gives it. */
  fiscal_year: string;
  currency: string;
  /** Planned annualised cost (sum of rounded leaves, not yet divided by 12) on the first of each month of the fiscal year (`monthStarts`), oldest first. */
  run_rate_by_month: { month: string; annualised: Decimal }[];
};

/** What changes do to the figures of a branch: the exact difference of its totals after and before, on `effective_on`. */
export type ImpactDelta = Totals & Pick<Impact, 'spans' | 'layers' | 'touched'> & Required<Pick<Impact, 'layer_shifts'>>;

/** The impact: the branch's totals before (on the delta's effective date) and the difference. */
export const impactFrom = (before: Totals, delta: ImpactDelta): Impact => {
  if (before.effective_on !== delta.effective_on || before.currency !== delta.currency)
    throw new TypeError(`totals on ${before.effective_on} do not fit a difference on ${delta.effective_on}`);
  const part = (f: Figure, text: (d: Decimal) => string): Delta => ({
    before: text(before[f]),
    after: text(before[f].plus(delta[f])),
    delta: text(delta[f]),
  });
  const count = (f: Figure) => part(f, (d) => d.toFixed());
  const fte = (f: Figure) => part(f, fteText);
  const money = (f: Figure) => part(f, (d) => moneyText(d, before.currency));
  const months = new Map(delta.run_rate_by_month.map((m) => [m.month, m.annualised]));
  return {
    effective_on: before.effective_on,
    currency: before.currency,
    fiscal_year: before.fiscal_year,
    headcount: count('headcount'),
    contractors: count('contractors'),
    robots: count('robots'),
    ai_agents: count('ai_agents'),
    seats: count('seats'),
    vacant_positions: count('vacant_positions'),
    establishment_fte: fte('establishment_fte'),
    fte: fte('fte'),
    annualised: money('annualised'),
    in_year: money('in_year'),
    full_year_effect: moneyText(fullYearEffect(delta.annualised, delta.in_year), before.currency),
    actual_annualised: money('actual_annualised'),
    actual_in_year: money('actual_in_year'),
    one_off: money('one_off'),
    run_rate_by_month: before.run_rate_by_month.map(({ month, annualised }) => ({
      month,
      before: moneyText(annualised.dividedBy(12), before.currency),
      after: moneyText(annualised.plus(months.get(month) ?? 0).dividedBy(12), before.currency),
    })),
    spans: delta.spans,
    layers: delta.layers,
    layer_shifts: delta.layer_shifts,
    touched: delta.touched,
  };
};
