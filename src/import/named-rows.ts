import type { Holder } from './rows.ts';
import type { SeatRows } from './seat-rows.ts';
import { type Seat, type SeatContext, seatsOf } from './seats.ts';
import { Numbers } from './numbers.ts';
import { Marks, TextTable } from './tables.ts';
import { standing } from './standing.ts';
import { derivedId } from './identity.ts';
import { type IsoDate, later } from '../domain/dates.ts';

type Named = Extract<Holder, { named: true }>;

/** True where a seat is held by somebody whom its row names, now or later. */
export const holderOf = (seat: Seat, on: string): Named | undefined => {
  const holder = seat.row.holder;
  return holder?.named && seat.open && (holder.end === null || holder.end > on) ? holder : undefined;
};

/** From when somebody holds a seat, and the placement that says so already, if there is one. */
export const placeOf = (seat: Seat, holder: Named, context: SeatContext): { from: IsoDate; same: string | undefined } => {
  const { tenant, source, view } = context;
  const { history } = seat.row;
  const from = history ? later(view.from, history.since) : later(view.on, holder.start ?? view.on);
  const stand = standing(context, seat.id);
  if (stand.length === 0) return { from, same: undefined };
  const actor = derivedId(tenant, source, 'actor', holder.id);
  // The same placement goes on where the same person holds the seat and its beginning is told alike.
  return { from, same: stand.find((id) => view.first(id) === from && view.at(id, from)?.['actor_id'] === actor) };
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
  /** Placements of the baseline that go on. */
  readonly kept: Marks;
  /** Placements on seats taken that somebody else holds or nobody, with the seat and the line. */
  readonly #standing = new Numbers(Int32Array);
  readonly #on = new Numbers(Int32Array);
  readonly #line = new Numbers(Int32Array);

  /** `counts` says which seats the file speaks of. */
  constructor(rows: SeatRows, context: SeatContext, counts: (seat: Seat) => boolean) {
    this.#rows = rows;
    this.#context = context;
    this.#counts = counts;
    this.kept = new Marks(context.view.ids);
  }

  /** Takes the next seat: finds who is named on it, and which placements of the baseline stand on it. A row that names a holder is one seat. */
  take(n: number, seat: Seat): void {
    if (!this.#counts(seat)) return;
    const { view } = this.#context;
    const holder = holderOf(seat, view.on);
    const stand = standing(this.#context, seat.id);
    const same = holder && stand.length > 0 ? placeOf(seat, holder, this.#context).same : undefined;
    if (same !== undefined) this.kept.add(same);
    for (const id of stand)
      if (id !== same) {
        this.#standing.push(view.ids.find(id));
        this.#on.push(view.ids.find(seat.id));
        this.#line.push(seat.row.line);
      }
    if (!holder) return;
    const person = this.#people.add(holder.id);
    if (this.#first.at(person) === 0) this.#first.set(person, n + 1);
    else this.#next.set(this.#last.at(person) - 1, n + 1);
    this.#last.set(person, n + 1);
  }

  /** The placements on the seats taken that nobody named goes on with, with seat and line. */
  *left(): Generator<{ id: string; seat: string; line: number }> {
    const { ids } = this.#context.view;
    for (let i = 0; i < this.#standing.length; i++) {
      const id = ids.text(this.#standing.at(i));
      if (!this.kept.has(id)) yield { id, seat: ids.text(this.#on.at(i)), line: this.#line.at(i) };
    }
  }

  *#numbered(): Generator<[number, Seat]> {
    for (const [n, row] of this.#rows.numbered()) for (const seat of seatsOf(row, this.#context)) if (this.#counts(seat)) yield [n, seat];
  }

  /** Every person with their seats, in the order in which they are first named. After every seat was taken. */
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
