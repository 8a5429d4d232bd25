/**
 * What an answer rests on: the branch, the position up to which history counts, the baseline position it is pinned to, and
 * the effective date. The same basis gives the same answer for good.
 */
export interface Basis {
  tenant: number;
  /** 0 for the baseline, else the scenario's branch. */
  branch: number;
  scenario_id: string | null;
  /** History up to and including this event position. */
  position: number;
  /** The baseline position in force: `position` itself for the baseline, the pin for a scenario. */
  pin: number;
  /** YYYY-MM-DD, resolved (never "today"). */
  effective_on: string;
  /** The tenant's settings in force at the position. */
  settings: import('../domain/events.ts').TenantSettings;
}

/** The basis as answers print it, with the citation a person can quote. */
export interface PrintedBasis {
  /** Absent for the baseline: answers hold no nulls. */
  scenario_id?: string;
  event_position: number;
  baseline_position: number;
  effective_on: string;
  projection: string;
  citation: string;
}
