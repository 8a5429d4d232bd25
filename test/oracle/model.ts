/**
 * A second opinion on the model: what a branch looks like, as of a position, on a date, computed the slow way straight from the
 * words of the design. It imports nothing of the engine and shares no code with it, so that a mistake there cannot hide here.
 *
 * State at position P and date t: take the changes recorded up to P and not retracted by P; for a scenario these are the
 * baseline's up to its pin, then its own. Per field, the change with the latest effective date not after t wins; on equal
 * dates the last recorded wins. A change that replaces later ones also drops, for its fields, later-dated values recorded
 * before it. A thing is there from the first date on which any of its fields is set.
 */
export type OracleValue = string | boolean | null;

export interface OracleChange {
  branch: number;
  /** What has a timeline of its own: a kind of thing, or the personal part of an actor. */
  track: string;
  id: string;
  position: number;
  index: number;
  from: string;
  set: Record<string, OracleValue>;
  replaceLater: boolean;
  /** The position from which on the change counts no more. */
  retractedAt: number | undefined;
}

export class Oracle {
  /** In order of recording; per track and id. */
  readonly #changes = new Map<string, OracleChange[]>();
  /** Per branch: from which position which baseline position is its ground. */
  readonly #pins = new Map<number, { from: number; baseline: number }[]>();

  record(change: Omit<OracleChange, 'retractedAt'>): void {
    const key = `${change.track} ${change.id}`;
    const list = this.#changes.get(key) ?? [];
    list.push({ ...change, retractedAt: undefined });
    this.#changes.set(key, list);
  }

  retract(branch: number, track: string, id: string, position: number, index: number, at: number): void {
    for (const c of this.#changes.get(`${track} ${id}`) ?? [])
      if (c.branch === branch && c.position === position && c.index === index && c.retractedAt === undefined) c.retractedAt = at;
  }

  pin(branch: number, from: number, baseline: number): void {
    this.#pins.set(branch, [...(this.#pins.get(branch) ?? []), { from, baseline }]);
  }

  /** The baseline position under a branch at a position; the position itself for the baseline. */
  pinAt(branch: number, position: number): number {
    if (branch === 0) return position;
    let found = 0;
    for (const p of this.#pins.get(branch) ?? []) if (p.from <= position) found = p.baseline;
    return found;
  }

  /** Every id of a track that any branch ever named. */
  ids(track: string): string[] {
    return [...this.#changes.keys()].filter((k) => k.startsWith(`${track} `)).map((k) => k.slice(track.length + 1));
  }

  /** Every change of a thing that any branch recorded, those taken back too. */
  recordedIn(track: string, id: string): readonly OracleChange[] {
    return this.#changes.get(`${track} ${id}`) ?? [];
  }

  /** The changes that count for a branch at a position, in order of recording: the baseline's, then its own. */
  counting(branch: number, track: string, id: string, position: number): OracleChange[] {
    const all = this.#changes.get(`${track} ${id}`) ?? [];
    const pin = this.pinAt(branch, position);
    const upTo = (list: OracleChange[], limit: number) =>
      list.filter((c) => c.position <= limit && (c.retractedAt === undefined || c.retractedAt > limit));
    const below = upTo(
      all.filter((c) => c.branch === 0),
      pin,
    );
    return branch === 0
      ? below
      : [
          ...below,
          ...upTo(
            all.filter((c) => c.branch === branch),
            position,
          ),
        ];
  }

  /** The values of a thing, unset ones left out, or undefined where it is not there. */
  read(branch: number, track: string, id: string, position: number, date: string): Record<string, OracleValue> | undefined {
    const changes = this.counting(branch, track, id, position);
    const values: Record<string, OracleValue> = {};
    let there = false;
    for (const field of new Set(changes.flatMap((c) => Object.keys(c.set)))) {
      let winner: OracleChange | undefined;
      changes.forEach((c, i) => {
        if (!(field in c.set) || c.from > date) return;
        const replaced = changes.some((r, j) => j > i && r.replaceLater && field in r.set && r.from < c.from);
        if (!replaced && (winner === undefined || c.from >= winner.from)) winner = c;
      });
      if (winner === undefined) continue;
      there = true;
      const value = (winner as OracleChange).set[field];
      if (value !== null && value !== undefined) values[field] = value;
    }
    return there ? values : undefined;
  }
}
