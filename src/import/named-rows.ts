import type { Holder } from './rows.ts';
import type { SeatRows } from './seat-rows.ts';
import { type Seat, type SeatContext, seatsOf } from './seats.ts';
import { Numbers } from './numbers.ts';
import { TextTable } from './tables.ts';

type Named = Extract<Holder, { named: true }>;

/** True where a seat is held by somebody whom its row names, now or later. */
export const holderOf = (seat: Seat, on: string): Named | undefined => {
  const holder = seat.row.holder;
  return holder?.named && seat.open && (holder.end === null || holder.end > on) ? holder : undefined;
};

/** The seats of a file with the people who hold them: of each person the memory holds which rows name them. */
export class NamedRows {
  readonly #rows: SeatRows;
  readonly #context: SeatContext;
  readonly #counts: (seat: Seat) => boolean;
  readonly #people = new TextTable();
  /** By person the first and the last row that names them and 1; by row the next one. */
  readonly #first = new Numbers(Int32Array);
  readonly #last = new Numbers(Int32Array);
  readonly #next = new Numbers(Int32Array);

  /** `counts` says which seats the file speaks of. */
  constructor(rows: SeatRows, context: SeatContext, counts: (seat: Seat) => boolean) {
    this.#rows = rows;
    this.#context = context;
    this.#counts = counts;
  }

  /** Every seat that counts, in the order of the rows. */
  *seats(): Generator<Seat> {
    for (const [, seat] of this.#numbered()) yield seat;
  }

  *#numbered(): Generator<[number, Seat]> {
    for (const [n, row] of this.#rows.numbered()) for (const seat of seatsOf(row, this.#context)) if (this.#counts(seat)) yield [n, seat];
  }

  /** Finds who is named on which rows, and hands on every seat that is held. A row that names a holder is one seat. */
  gather(take: (seat: Seat, holder: Named) => void): void {
    for (const [n, seat] of this.#numbered()) {
      const holder = holderOf(seat, this.#context.view.on);
      if (!holder) continue;
      const person = this.#people.add(holder.id);
      if (this.#first.at(person) === 0) this.#first.set(person, n + 1);
      else this.#next.set(this.#last.at(person) - 1, n + 1);
      this.#last.set(person, n + 1);
      take(seat, holder);
    }
  }

  /** Every person with their seats, in the order in which they are first named. After `gather`. */
  *people(): Generator<[holderId: string, seats: { seat: Seat; holder: Named }[]]> {
    const { view } = this.#context;
    for (const [n, seat] of this.#numbered()) {
      const holder = holderOf(seat, view.on);
      if (!holder || this.#first.at(this.#people.find(holder.id)) !== n + 1) continue;
      const held = [{ seat, holder }];
      for (let next = this.#next.at(n); next > 0; next = this.#next.at(next - 1))
        for (const other of seatsOf(this.#rows.at(next - 1), this.#context)) {
          const same = holderOf(other, view.on);
          if (same) held.push({ seat: other, holder: same });
        }
      yield [holder.id, held];
    }
  }
}
