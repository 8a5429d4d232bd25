import type { Finding } from '../codes.ts';
import { FOREVER, type IsoDate } from '../dates.ts';
import { inForce, type Kind, type Values } from '../entities.ts';
import type { Version } from '../timeline.ts';
import type { View, World } from '../working-set.ts';
import { type Decision, due } from '../world.ts';

/**
 * One rule over the things a plan touches and what points at them, at every date from the earliest change on. It is asked for
 * the recorded state too: what was wrong before and is wrong in the same way after does not stop a plan.
 */
export type Invariant = (world: World, view: View) => Finding[] | Decision<Finding[]>;

/** `from`, and every later date on which one of the timelines changes: between two of them nothing does. */
export const boundaries = (from: IsoDate, ...timelines: (readonly Version[])[]): IsoDate[] => {
  const dates = new Set([from]);
  for (const versions of timelines)
    for (const v of versions) for (const date of [v.effective_from, v.effective_to]) if (date > from && date !== FOREVER) dates.add(date);
  return [...dates].sort();
};

/** True when the values say that the thing is there: not closed, exited or ended. */
export const isActive = (kind: Kind, values: Values | undefined): values is Values =>
  values !== undefined && inForce[kind].includes(String(values.status));

/** At most the first ten, so that a finding stays readable. */
export const few = <T>(list: readonly T[]): T[] => list.slice(0, 10);

/** What a rule finds in each of a list, others let in between. */
export function* inTurns<T>(list: Iterable<T>, look: (one: T) => Finding[]): Decision<Finding[]> {
  const found: Finding[] = [];
  let looked = 0;
  for (const one of list) {
    if (due(looked++)) yield [];
    found.push(...look(one));
  }
  return found;
}
