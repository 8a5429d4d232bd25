import { FOREVER } from '../../domain/dates.ts';
import { type Kind, kinds, type Value, type Values } from '../../domain/entities.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { timelinesOf, type VersionRow } from './entity.ts';
import { baselineOf, overlaidAfter, overlaidCounts } from './overlay.ts';

/** A thing that a scenario holds otherwise than the baseline below it, on the effective date or, where not yet, from a later one. */
export interface Difference {
  kind: Kind;
  id: string;
  /** Since when it differs without a break; may lie before the effective date. */
  effective_from: string;
  /** The thing does not exist in the baseline on the effective date, or on the later date from which it differs. */
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

/** The first date from `from` on, on which two timelines differ, and since when they do without a break; or undefined. */
const firstDifference = (
  from: string,
  before: readonly VersionRow[],
  after: readonly VersionRow[],
): { date: string; since: string } | undefined => {
  const differ = (date: string): boolean => Object.keys(differing(on(before, date), on(after, date))).length > 0;
  const turns = [...before, ...after].flatMap((v) => [v.effective_from, v.effective_to]).filter((d) => d !== FOREVER);
  const date = [from, ...turns.filter((d) => d > from).sort()].find(differ);
  if (date === undefined) return undefined;
  // Between two turns nothing changes, so the state at a turn is that of all days up to the next.
  const back = turns
    .filter((d) => d <= date)
    .sort()
    .reverse();
  const end = back.findIndex((d) => !differ(d));
  return { date, since: back[(end < 0 ? back.length : end) - 1] ?? date };
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
        const first = firstDifference(basis.effective_on, old, now);
        if (first === undefined) continue;
        if (changed.length >= limit) {
          left++;
          continue;
        }
        const [was, is] = [on(old, first.date), on(now, first.date)];
        changed.push({
          kind,
          id,
          effective_from: first.since,
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
