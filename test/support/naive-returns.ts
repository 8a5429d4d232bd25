import { Decimal } from '../../src/domain/decimal.ts';
import type { RawRow } from './import.ts';

export const posts = (row: RawRow): number => Number(row['posts']);
const untold = new Set(['', '0', 'N/D', 'N/A']);
/** The middle of a row's band, or null where an end is not told. */
export const mid = (row: RawRow): Decimal | null =>
  untold.has(row['salary_min'] as string) || untold.has(row['salary_max'] as string)
    ? null
    : new Decimal(row['salary_min'] as string).plus(row['salary_max'] as string).div(2);

/** A seat of a return in the words of the matching rule, read by the tests alone. */
export interface NaiveSeat {
  closed: boolean;
  said: string;
}

/** The seats of a return: senior rows by id; group rows by manager, unit, title, grade and profession, then by their order in the file. */
export const naiveSeats = (all: readonly RawRow[]): { seats: Map<string, NaiveSeat>; groups: Map<string, number> } => {
  const ids = new Set<string>();
  const rows = all.filter((r) => !ids.has(r['position_id'] as string) && ids.add(r['position_id'] as string));
  const seats = new Map<string, NaiveSeat>();
  const groups = new Map<string, number>();
  const nth = new Map<string, number>();
  for (const row of rows) {
    if (row['manager_position_id'] === 'XX') row['manager_position_id'] = '';
    const group = row['status'] === 'group';
    const kind = [row['manager_position_id'], row['org_unit'], row['title'], row['grade'], row['profession']].join('|');
    nth.set(kind, (nth.get(kind) ?? 0) + (group ? 1 : 0));
    const name = group ? `group ${kind} ${nth.get(kind)}` : `senior ${row['position_id']}`;
    if (group) groups.set(name, posts(row));
    const units = Math.round(Number(row['fte']) * 10_000);
    for (let n = 0; n < posts(row); n++) {
      const share = Math.floor(units / posts(row)) + (n < units % posts(row) ? 1 : 0);
      const held = !['vacant', 'eliminated'].includes(row['status'] as string);
      seats.set(`${name} ${n + 1}`, {
        closed: row['status'] === 'eliminated',
        said: JSON.stringify([
          row['manager_position_id'],
          row['org_unit'],
          row['title'],
          row['grade'],
          row['profession'],
          share,
          mid(row)?.toFixed() ?? null,
          held,
        ]),
      });
    }
  }
  return { seats, groups };
};

export type NaiveReturn = ReturnType<typeof naiveSeats>;

/** What the second of two returns makes, changes and closes, counted by the matching rule. */
export const matched = (before: NaiveReturn, after: NaiveReturn): { created: number; changed: number; closed: number } => {
  const counts = { created: 0, changed: 0, closed: 0 };
  for (const [name, seat] of after.seats) {
    const old = before.seats.get(name);
    if (!old) counts.created++;
    else if (seat.closed && !old.closed) counts.closed++;
    else if (seat.closed !== old.closed || seat.said !== old.said) counts.changed++;
  }
  for (const [name, n] of before.groups) counts.closed += Math.max(0, n - (after.groups.get(name) ?? n));
  return counts;
};
