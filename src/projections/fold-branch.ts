import type { IsoDate } from '../domain/dates.ts';
import { fields, type Kind, personalFields, type Values } from '../domain/entities.ts';
import { type Entry, fold } from '../domain/timeline.ts';
import { storable } from './storable.ts';

/** What has a timeline in the read model: every kind of thing, and apart from it the personal fields of an actor. */
export type Track = Kind | 'actor_personal';

/** One recorded change of one branch. `retracted_at` is the position from which on it counts no more, or null. */
export interface Recorded {
  readonly position: number;
  readonly index: number;
  readonly effective_from: IsoDate;
  readonly set: Values;
  readonly replace_later: boolean;
  retracted_at: number | null;
}

/** A row of a version table. `to_position` is null while it is open; `stored` says that it stands in the table already. */
export interface Row {
  readonly from_position: number;
  to_position: number | null;
  readonly effective_from: IsoDate;
  readonly effective_to: IsoDate;
  readonly values: Values;
  readonly stored: boolean;
}

const columns: Record<Track, string[]> = {
  ...(Object.fromEntries(Object.entries(fields).map(([kind, f]) => [kind, Object.keys(f)])) as Record<Kind, string[]>),
  actor_personal: [...personalFields],
};

/** The value columns of a track's version table. */
export const columnsOfTrack = (track: Track): readonly string[] => columns[track];

/** The recorded changes in force at a position: recorded up to it and not retracted by it. */
export const inForceAt = (recorded: readonly Recorded[], position: number): Recorded[] =>
  recorded.filter((r) => r.position <= position && (r.retracted_at === null || r.retracted_at > position));

const entry =
  (scenario: boolean) =>
  (r: Recorded): Entry => ({
    scenario,
    position: r.position,
    index: r.index,
    effective_from: r.effective_from,
    set: r.set,
    replace_later: r.replace_later,
  });

/**
 * What a branch's merge of one thing is made of at a position: the baseline's changes in force at the pin, then its own. For
 * the baseline itself `own` is its changes and there is nothing below.
 */
export const entriesAt = (base: readonly Recorded[], own: readonly Recorded[], pin: number, position: number): Entry[] => [
  ...inForceAt(base, pin).map(entry(false)),
  ...inForceAt(own, position).map(entry(true)),
];

/**
 * The rows a branch holds of one thing at a position: its whole timeline when the branch has a change of its own in force,
 * nothing when it has none (the baseline then shows through).
 */
export const timelineAt = (
  track: Track,
  base: readonly Recorded[],
  own: readonly Recorded[],
  pin: number,
  position: number,
): Omit<Row, 'stored' | 'from_position' | 'to_position'>[] => {
  if (inForceAt(own, position).length === 0) return [];
  return fold(entriesAt(base, own, pin, position)).map((v) => ({
    effective_from: v.effective_from,
    effective_to: v.effective_to,
    values: Object.fromEntries(columns[track].map((c) => [c, storable(c, v.values[c] ?? null)])),
  }));
};

const sameRow = (track: Track, a: Omit<Row, 'stored' | 'from_position' | 'to_position'>, b: typeof a): boolean =>
  a.effective_from === b.effective_from &&
  a.effective_to === b.effective_to &&
  columns[track].every((c) => (a.values[c] ?? null) === (b.values[c] ?? null));

/**
 * Brings a thing's rows to what `wanted` says from `position` on: rows that still hold stay, the others end, new ones begin. A
 * row that began at this same position never held, so it goes. `rows` is every open row and comes back with all that changed.
 */
export const reconcile = (
  track: Track,
  rows: readonly Row[],
  wanted: readonly Omit<Row, 'stored' | 'from_position' | 'to_position'>[],
  position: number,
): { keep: Row[]; ended: Row[]; dropped: Row[] } => {
  const keep: Row[] = [];
  const ended: Row[] = [];
  const dropped: Row[] = [];
  const unmet = [...wanted];
  for (const row of rows) {
    const i = unmet.findIndex((w) => sameRow(track, w, row));
    if (i >= 0) {
      unmet.splice(i, 1);
      keep.push(row);
    } else if (row.from_position === position) dropped.push(row);
    else {
      row.to_position = position;
      ended.push(row);
    }
  }
  for (const w of unmet) keep.push({ ...w, from_position: position, to_position: null, stored: false });
  return { keep, ended, dropped };
};
