import { FOREVER, type IsoDate } from './dates.ts';
import type { Value, Values } from './entities.ts';

/**
 * One change as it stands in a branch's history. Order of recording is (branch: baseline before scenario, position, index);
 * `scenario` is true for a scenario's own change. A planned, not yet recorded change has the position FUTURE.
 */
export interface Entry {
  readonly scenario: boolean;
  readonly position: number;
  readonly index: number;
  readonly effective_from: IsoDate;
  readonly set: Values;
  readonly replace_later: boolean;
}

/** The position of what is planned but not recorded: after everything. */
export const FUTURE = Number.MAX_SAFE_INTEGER;

/** Whole values that hold in the half-open range of dates. */
export interface Version {
  readonly effective_from: IsoDate;
  readonly effective_to: IsoDate;
  readonly values: Values;
}

/** Sorts by order of recording. */
export const byRecording = (a: Entry, b: Entry): number =>
  Number(a.scenario) - Number(b.scenario) || a.position - b.position || a.index - b.index;

/** One field's settings in date order, after ties and replacements are decided. */
const settings = (recorded: readonly Entry[]): Map<string, { from: IsoDate; value: Value }[]> => {
  const byField = new Map<string, { from: IsoDate; value: Value }[]>();
  for (const entry of recorded)
    for (const [field, value] of Object.entries(entry.set)) {
      let list = byField.get(field);
      if (!list) byField.set(field, (list = []));
      // Recorded later wins on the same date; `replace_later` also drops later-dated values recorded before it.
      for (let i = list.length - 1; i >= 0; i--) {
        const at = (list[i] as { from: IsoDate }).from;
        if (at === entry.effective_from || (entry.replace_later && at > entry.effective_from)) list.splice(i, 1);
      }
      list.push({ from: entry.effective_from, value });
    }
  for (const list of byField.values()) list.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  return byField;
};

/**
 * Folds entries into whole versions, oldest date first. Per field, the entry with the latest effective date not after t wins;
 * on equal dates the one recorded last. So a change carries on, field by field, up to the next date on which that field
 * was itself set. A field nobody set before t is null. Adjacent versions with equal values are one.
 */
export const fold = (entries: readonly Entry[]): Version[] => {
  const [only] = entries;
  // Most things were recorded once and never changed.
  if (only && entries.length === 1) {
    const values = Object.fromEntries(Object.entries(only.set).sort(([a], [b]) => (a < b ? -1 : 1)));
    return Object.keys(values).length === 0 ? [] : [{ effective_from: only.effective_from, effective_to: FOREVER, values }];
  }
  const byField = settings([...entries].sort(byRecording));
  const dates = [...new Set([...byField.values()].flatMap((list) => list.map((s) => s.from)))].sort();
  const names = [...byField.keys()].sort();
  const versions: Version[] = [];
  dates.forEach((from, i) => {
    const values: Values = {};
    for (const name of names) values[name] = (byField.get(name) ?? []).findLast((s) => s.from <= from)?.value ?? null;
    const last = versions.at(-1);
    const effective_to = dates[i + 1] ?? FOREVER;
    if (last && names.every((n) => last.values[n] === values[n])) versions[versions.length - 1] = { ...last, effective_to };
    else versions.push({ effective_from: from, effective_to, values });
  });
  return versions;
};

/** The values on a date, or undefined before the thing exists. */
export const at = (versions: readonly Version[], date: IsoDate): Values | undefined =>
  versions.findLast((v) => v.effective_from <= date)?.values;
