import { type IsoDate, later } from '../domain/dates.ts';
import type { Values } from '../domain/entities.ts';

/** What held from when, as steps of a timeline from the beginning of the view on: of what lies before it the last counts. */
export const pastSteps = <T extends { from: IsoDate; line?: number }>(
  list: readonly T[],
  from: IsoDate,
  set: (one: T) => Values,
  line: number,
): { from: IsoDate; set: Values; line: number }[] => {
  const begin = Math.max(
    0,
    list.findLastIndex((one) => one.from <= from),
  );
  return list.slice(begin).map((one) => ({ from: later(from, one.from), set: set(one), line: one.line ?? line }));
};
