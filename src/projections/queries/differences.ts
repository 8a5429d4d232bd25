import { FOREVER } from '../../domain/dates.ts';
import { type Kind, kinds, type Value, type Values } from '../../domain/entities.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { timelinesOf, type VersionRow } from './entity.ts';
import { baselineOf, overlaidAfter, overlaidCounts } from './overlay.ts';

/** A thing that a scenario holds otherwise than the baseline below it, from the first such date on or after the effective date. */
export interface Difference {
  kind: Kind;
  id: string;
  effective_from: string;
  /** The thing does not exist in the baseline on that date. */
  created: boolean;
  fields: Record<string, { before: Value; after: Value }>;
  /** All values after the change; names are looked up from these. */
  after: Values;
  before: Values;
}

const on = (versions: readonly VersionRow[], date: string): Values | undefined =>
  versions.find((v) => v.effective_from <= date && v.effective_to > date)?.values;

const differing = (before: Values | undefined, after: Values | undefined): Record<string, { before: Value; after: Value }> => {
  const changed: Record<string, { before: Value; after: Value }> = {};
  for (const name of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
    const pair = { before: before?.[name] ?? null, after: after?.[name] ?? null };
    if (pair.before !== pair.after) changed[name] = pair;
  }
  return changed;
};

/** The first date from `from` on, on which two timelines differ, or undefined. */
const firstDifference = (from: string, before: readonly VersionRow[], after: readonly VersionRow[]): string | undefined => {
  const dates = [from, ...[...before, ...after].map((v) => v.effective_from)].filter((d) => d >= from && d !== FOREVER);
  return [...new Set(dates)].sort().find((date) => Object.keys(differing(on(before, date), on(after, date))).length > 0);
};

/** Things whose timelines are read at a time. */
const PAGE = 500;

/**
 * What a scenario changes against the baseline at its pin, from the effective date on: at most `limit` things, in the order of
 * kinds and ids, with the number of all things it holds. Reads the overlay and the baseline rows of the same ids.
 */
export const differences = async (sql: Sql, basis: Basis, limit: number): Promise<{ changed: Difference[]; more: number }> => {
  if (basis.branch === 0) return { changed: [], more: 0 };
  const counts = await overlaidCounts(sql, basis);
  const changed: Difference[] = [];
  let left = 0;
  for (const kind of kinds) {
    let seen = 0;
    for (let last: string | undefined; seen < counts[kind]; ) {
      if (changed.length >= limit) {
        left += counts[kind] - seen;
        break;
      }
      const part = await overlaidAfter(sql, basis, kind, last, PAGE);
      if (part.length === 0) break;
      seen += part.length;
      last = part.at(-1);
      const after = await timelinesOf(sql, basis, kind, part);
      const before = await timelinesOf(sql, baselineOf(basis), kind, part);
      for (const id of part) {
        const [old, now] = [before.get(id) ?? [], after.get(id) ?? []];
        const date = firstDifference(basis.effective_on, old, now);
        if (date === undefined) continue;
        if (changed.length >= limit) {
          left++;
          continue;
        }
        const [was, is] = [on(old, date), on(now, date)];
        changed.push({
          kind,
          id,
          effective_from: date,
          created: was === undefined,
          fields: differing(was, is),
          before: was ?? {},
          after: is ?? {},
        });
      }
    }
  }
  return { changed, more: left };
};
