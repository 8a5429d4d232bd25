import type { IsoDate } from '../domain/dates.ts';

/** A placement of one actor, as it will stand: `says` is what the file says about its being primary, `was` what the baseline says on a date. */
export interface PrimaryCandidate {
  id: string;
  from: IsoDate;
  end: IsoDate | null;
  allocation: string;
  says: boolean | null;
  was: (date: IsoDate) => boolean;
  /** Further dates on which the baseline changes something of it. */
  dates: readonly IsoDate[];
}

export interface PrimaryChoice {
  /** By placement and date, whether it is primary from then on; one entry per date on which something of the actor begins, ends or changes. */
  flags: Map<string, { date: IsoDate; primary: boolean }[]>;
  /** Placements that both say to be primary on one date. */
  clash: [PrimaryCandidate, PrimaryCandidate] | undefined;
}

/**
 * Chooses the one primary placement of an actor on every date: the one that says so; else the one that was primary and stays; else the greatest
 * allocation, the first of equals. One that says it is not primary comes last.
 */
export const choosePrimary = (candidates: readonly PrimaryCandidate[], on: IsoDate): PrimaryChoice => {
  const dates = new Set<IsoDate>();
  for (const c of candidates) for (const date of [c.from, c.end, ...c.dates]) if (date !== null && date >= on) dates.add(date);
  const choice: PrimaryChoice = { flags: new Map(candidates.map((c) => [c.id, []])), clash: undefined };
  let before: PrimaryCandidate | undefined;
  for (const date of [...dates].sort()) {
    const active = candidates.filter((c) => c.from <= date && (c.end === null || date < c.end));
    const saying = active.filter((c) => c.says === true);
    if (saying.length > 1) choice.clash ??= [saying[0] as PrimaryCandidate, saying[1] as PrimaryCandidate];
    const rank = (c: PrimaryCandidate): number =>
      c.says === true ? 0 : c.says === false ? 3 : c === before || (before === undefined && c.was(date)) ? 1 : 2;
    const chosen = [...active].sort((a, b) => rank(a) - rank(b) || Number(b.allocation) - Number(a.allocation))[0];
    for (const c of active) (choice.flags.get(c.id) as { date: IsoDate; primary: boolean }[]).push({ date, primary: c === chosen });
    before = chosen;
  }
  return choice;
};
