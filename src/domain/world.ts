import type { Kind } from './entities.ts';
import type { TenantSettings } from './events.ts';
import type { Below, BelowQuestion, FollowersQuestion, LineQuestion, Pair } from './line-questions.ts';
import type { Entry } from './timeline.ts';

/**
 * What a decision asks for while it is made. A decision is a pure generator: it yields the needs it has, the application
 * loads exactly those and goes on. So a plan reads the neighbourhood that its actions name and never the organisation.
 */
export type Need =
  /** The whole timeline of one thing (nothing when it does not exist). */
  | { need: 'thing'; kind: Kind; id: string }
  /** Every thing of `kind` that refers to `id` by `field` on any date, with its whole timeline. */
  | { need: 'referrers'; kind: Kind; field: string; id: string }
  /** A position and every solid-line manager above it on any date, the units passed and their heads included. */
  | { need: 'reporting_chain'; id: string }
  /** A unit and every unit above it on any date. */
  | { need: 'unit_chain'; id: string }
  /** A unit and every unit below it on any date. */
  | { need: 'subtree'; id: string }
  /** Every thing of `kind` whose `field` has the value on any date; of the fields in `lookups` only. */
  | { need: 'by_value'; kind: Kind; field: string; value: string }
  /** Every assumption (they are few). */
  | { need: 'assumptions' };

/** The fields by which things are looked up by value; each has an index of its own in the read model. */
export const lookups: Partial<Record<Kind, readonly string[]>> = {
  org_unit: ['source_id'],
  position: ['source_id'],
  actor: ['external_uid', 'source_id'],
};

export interface LoadedThing {
  kind: Kind;
  id: string;
  entries: Entry[];
}

/** Which of these ids were ever given to a thing of any kind, in any branch of the tenant: in force or taken back, at the pin or after it. */
export interface UsedQuestion {
  ask: 'used';
  ids: readonly string[];
}

/** Answers needs for one branch at one position. Implemented by the read model; by a plain map in tests. */
export interface TimelineSource {
  load(needs: readonly Need[]): Promise<LoadedThing[]>;
  /** Counts along reporting lines, as they are recorded: a sum over as many positions as there are, of which none is loaded. */
  followers(question: FollowersQuestion): Promise<Pair<string | null>[]>;
  below(question: BelowQuestion): Promise<Below[]>;
  /** Those of the ids that were used before; of the branch itself only what was recorded up to the position. */
  used(question: UsedQuestion): Promise<string[]>;
}

/** What a decision asks for besides timelines. */
export type Question = LineQuestion | UsedQuestion;

/** What a decision may get back for what it yields. */
export type Answer = LoadedThing[] | Pair<string | null>[] | Below[] | string[];

/** The facts a decision takes from outside: nothing in the domain asks a clock, a random source or a setting by itself. */
export interface DecisionContext {
  settings: TenantSettings;
  /** Today in the tenant's time zone. */
  today: string;
  /** Makes the next id of this decision; derived from tenant, caller and idempotency key where there is one. */
  newId: () => string;
  /** false: a baseline decision (imports, tenant set-up); true: a scenario's. */
  scenario: boolean;
}

/**
 * A decision under way: yields needs or a question, gets what was loaded or counted, ends in its result. Refusals are thrown (see codes.ts). A long one also
 * yields no needs now and then (`due`), so that whoever drives it can let others run.
 */
export type Decision<Result> = Generator<Need[] | Question, Result, Answer>;

/** How many things a long decision looks at between two offers to let others run. */
const TURN = 200;

/** Whether a decision lets others run before it looks at its i-th thing: `if (due(i)) yield [];`. */
export const due = (i: number): boolean => i % TURN === TURN - 1;
