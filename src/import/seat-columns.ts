import { Numbers } from './numbers.ts';
import type { SeatRow } from './rows.ts';
import type { OpenScratch } from './scratch.ts';
import { seatRowCodec } from './seat-row-codec.ts';
import { Spool } from './spool.ts';
import { TextTable } from './tables.ts';
import { UnitRefs } from './unit-refs.ts';

/** What all rows have in common, whichever of them are left out. */
export class SeatColumns {
  /** Numbers of the ids that rows have, and name as managers. */
  readonly ids = new TextTable();
  readonly units = new UnitRefs();
  readonly line = new Numbers(Int32Array);
  readonly id = new Numbers(Int32Array);
  /** The number of the manager's id and 1; 0 for none. */
  readonly manager = new Numbers(Int32Array);
  readonly posts = new Numbers(Int32Array);
  readonly unit = new Numbers(Int32Array);
  readonly rows: Spool<SeatRow>;
  /** True where a row has an id that is its number alone, or tells of the past. */
  anonymous = false;
  past = false;
  /** The first and the last date that a row names; empty where none does. */
  #first = '';
  #last = '';

  constructor(scratch: OpenScratch) {
    this.rows = new Spool(scratch, seatRowCodec(this.units));
  }

  /** Takes what is held of the next row. */
  add(row: SeatRow): void {
    this.line.push(row.line);
    this.id.push(this.ids.add(row.id));
    this.manager.push(row.manager === null ? 0 : this.ids.add(row.manager) + 1);
    this.posts.push(row.posts);
    this.unit.push(this.units.numberOf(row.unit));
    this.anonymous ||= row.anonymous;
    this.past ||= row.history !== undefined;
    this.#dates(row);
  }

  within(first: string, last: string): boolean {
    return this.#first === '' || (this.#first >= first && this.#last <= last);
  }

  /** Gives the room back; there are no rows then. */
  close(): void {
    this.rows.close();
    this.ids.clear();
    for (const numbers of [this.line, this.id, this.manager, this.posts, this.unit]) numbers.clear();
  }

  /** Widens the dates by those of a row. */
  #dates(row: SeatRow): void {
    const { holder, history } = row;
    if (!holder?.named) return;
    for (const date of [holder.start, holder.end, history?.known, history?.pays.at(-1)?.from, history?.units.at(-1)?.from]) {
      if (!date) continue;
      if (this.#first === '' || date < this.#first) this.#first = date;
      if (date > this.#last) this.#last = date;
    }
  }
}
