import type { PlannedChange } from './changes.ts';
import type { Finding } from './codes.ts';
import type { ImpactDelta } from './impact.ts';
import type { Decision, DecisionContext } from './world.ts';

/** What a list of actions comes to: exactly what is reviewed, stored and applied. */
export interface Plan {
  /** The actions as given, with references resolved to ids and the ids of what they create written in: the same list plans the same ids. */
  actions: Record<string, unknown>[];
  changes: PlannedChange[];
  /** Warnings and approvals; what stops is thrown as a Refusal. */
  findings: Finding[];
  delta: ImpactDelta;
}

export interface Difference {
  /** Index of the change in the stored list. */
  index: number;
  kind: string;
  id: string;
  field: string;
  /** The value when it was planned, and now. */
  planned: unknown;
  now: unknown;
}

export interface Recheck {
  /** The stored changes with `before` as it is now. */
  changes: PlannedChange[];
  /** Everything found now; those of severity stop included (nothing is thrown). */
  findings: Finding[];
  /** Where `before` is not what it was when the proposal was planned. */
  differences: Difference[];
  delta: ImpactDelta;
}

export declare const planActions: (actions: readonly unknown[], ctx: DecisionContext) => Decision<Plan>;
export declare const recheck: (changes: readonly PlannedChange[], ctx: DecisionContext) => Decision<Recheck>;
