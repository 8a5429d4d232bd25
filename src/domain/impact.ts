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
  /** Planned run-rate by month (annualised / 12) on the first of each month of the fiscal year, before and after. */
  run_rate_by_month: { month: string; before: string; after: string }[];
  /** Managers whose number of direct reports changes. */
  spans: { position_id: string; delta: number }[];
  /** Touched positions whose own layer changes; null where a position reports to nobody it did or will exist under. */
  layers: { position_id: string; before: number | null; after: number | null }[];
  touched: Record<import('./entities.ts').Kind, number>;
}
