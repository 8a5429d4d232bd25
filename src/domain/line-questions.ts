import type { IsoDate } from './dates.ts';
import type { Decision } from './world.ts';

/** The same of a thing before the plan and with it. */
export interface Pair<T> {
  before: T;
  after: T;
}

/** The nearest head in force upward from a unit, and the nearest that is another one: whom its members report to, the head among them. */
export interface Heads {
  first: string | null;
  second: string | null;
}

/**
 * What a position hands down to those that report to it: how many positions in force stand from it up to the root (null in a
 * loop), and the nearest manager in force, which is itself unless it is closed.
 */
export interface HandedDown {
  depth: number | null;
  lead: string | null;
}

/** Lines on a date: those that the plan itself changes are left out, since it answers for them. */
interface Lines {
  date: IsoDate;
  /** Positions whose own line the plan touches. */
  except: readonly string[];
  /** Units whose heads the plan may change; below one of them no other answers for it. */
  units: readonly ({ id: string } & Pair<Heads>)[];
}

/** Between which managers untouched positions change because the heads above their unit do. */
export type FollowersQuestion = Lines & { ask: 'followers' };

/** How many untouched positions in force get another manager in force or another layer, by what these are before and after. */
export type BelowQuestion = Lines & {
  ask: 'below';
  /** Positions that hand down something else than before; `heads`: in force in both states, so that units may be led by it. */
  starts: readonly ({ id: string; heads: boolean } & Pair<HandedDown>)[];
  /** What the managers hand down between which followers change. */
  followers: readonly { managers: Pair<string | null>; handed: Pair<HandedDown> }[];
};

export type LineQuestion = FollowersQuestion | BelowQuestion;

/** So many positions, their manager in force and their layer. */
export interface Below extends Pair<{ lead: string | null; layer: number | null }> {
  positions: number;
}

export function* askFollowers(lines: Lines): Decision<Pair<string | null>[]> {
  return (yield { ask: 'followers', ...lines }) as Pair<string | null>[];
}

export function* askBelow(question: Omit<BelowQuestion, 'ask'>): Decision<Below[]> {
  return (yield { ask: 'below', ...question }) as Below[];
}
