import { Numbers } from './numbers.ts';
import type { SeatRow, UnitRef } from './rows.ts';
import { memoryScratch, type OpenScratch } from './scratch.ts';
import { SeatColumns } from './seat-columns.ts';
import { ANONYMOUS, CLOSED, HEAD, LEFT_OUT, marksOf, MENDED, PARKED, REROUTED, TO_NOBODY } from './seat-marks.ts';
import { virtualRoot } from './seat-row-codec.ts';
import type { TextTable } from './tables.ts';

/** Where a parked row stands. */
const unplaced = (unit: UnitRef): UnitRef => ({ ...unit, path: ['Unplaced'], id: null, kind: null });

/** What rows say of units, a row or a step of its past at a time. */
export interface UnitSaid {
  line: number;
  unit: UnitRef;
  /** True where the row heads the unit and is not closed. */
  heads: boolean;
  /** The number of the row. */
  row: number;
}

/**
 * The rows of a file and who they report to: of each row the memory holds its line, its id, its manager, its unit and a few marks; the rest is
 * read from where the rows are kept, and mended on the way.
 */
export class SeatRows implements Iterable<SeatRow> {
  readonly #columns: SeatColumns;
  readonly marks = new Numbers(Uint8Array);

  constructor(scratch: OpenScratch = memoryScratch, columns = new SeatColumns(scratch)) {
    this.#columns = columns;
  }

  get ids(): TextTable {
    return this.#columns.ids;
  }

  get line(): Numbers<Int32Array> {
    return this.#columns.line;
  }

  get id(): Numbers<Int32Array> {
    return this.#columns.id;
  }

  /** The number of the manager's id and 1; 0 for none. */
  get manager(): Numbers<Int32Array> {
    return this.#columns.manager;
  }

  get posts(): Numbers<Int32Array> {
    return this.#columns.posts;
  }

  /** True where a row has an id that is its number alone. */
  get anonymous(): boolean {
    return this.#columns.anonymous;
  }

  /** True where a row tells of the past. */
  get past(): boolean {
    return this.#columns.past;
  }

  /** True where every date that a row names lies between two, themselves included. */
  within(first: string, last: string): boolean {
    return this.#columns.within(first, last);
  }

  /** Takes the next row of the file. */
  push(row: SeatRow): void {
    this.#columns.rows.push(row);
    this.#add(row);
  }

  #add(row: SeatRow): void {
    this.#columns.add(row);
    this.marks.push(marksOf(row));
  }

  /** Puts the virtual root after the rows. */
  addVirtualRoot(): void {
    this.#add(virtualRoot());
  }

  /** The same rows without some of them. */
  without(out: (n: number) => boolean): SeatRows {
    const rest = new SeatRows(memoryScratch, this.#columns);
    for (let n = 0; n < this.marks.length; n++) rest.marks.push(this.marks.at(n) | (out(n) ? LEFT_OUT : 0));
    return rest;
  }

  /** Gives the room of the rows back, those left out too; there are none then. */
  close(): void {
    this.#columns.close();
    this.marks.clear();
  }

  is(n: number, mark: number): boolean {
    return (this.marks.at(n) & mark) !== 0;
  }

  mark(n: number, mark: number): void {
    this.marks.set(n, this.marks.at(n) | mark);
  }

  unmark(n: number, mark: number): void {
    this.marks.set(n, this.marks.at(n) & ~mark);
  }

  idOf(n: number): string {
    return this.ids.text(this.id.at(n));
  }

  managerOf(n: number): string | null {
    return this.manager.at(n) === 0 ? null : this.ids.text(this.manager.at(n) - 1);
  }

  /** Numbers of the rows that are not left out. */
  *numbers(): Generator<number> {
    for (let n = 0; n < this.marks.length; n++) if (!this.is(n, LEFT_OUT)) yield n;
  }

  count(test: (n: number) => boolean): number {
    let count = 0;
    for (const n of this.numbers()) if (test(n)) count += 1;
    return count;
  }

  /** By the number of an id the row that has it and 1; a row of several posts is found by the id of each of its posts too. */
  index(): Numbers<Int32Array> {
    const index = new Numbers(Int32Array);
    for (const n of this.numbers()) if (index.at(this.id.at(n)) === 0) index.set(this.id.at(n), n + 1);
    for (const n of this.numbers()) {
      const posts = this.posts.at(n);
      if (posts > 1 && !this.is(n, ANONYMOUS)) for (let i = 1; i <= posts; i++) index.set(this.ids.add(`${this.idOf(n)}#${i}`), n + 1);
    }
    return index;
  }

  /** One row, as it was mended. */
  at(n: number): SeatRow {
    const { rows } = this.#columns;
    return n < rows.length ? this.#mended(n, rows.at(n)) : virtualRoot();
  }

  /** The rows that are not left out, each with its number. */
  *numbered(): Generator<[number, SeatRow]> {
    let n = 0;
    for (const row of this.#columns.rows) {
      if (!this.is(n, LEFT_OUT)) yield [n, this.#mended(n, row)];
      n += 1;
    }
    if (n < this.marks.length && !this.is(n, LEFT_OUT)) yield [n, virtualRoot()];
  }

  *[Symbol.iterator](): Generator<SeatRow> {
    for (const [, row] of this.numbered()) yield row;
  }

  /** What the rows say of units, in their order: each row, then the units it stood in before. */
  *unitsSaid(): Generator<UnitSaid> {
    const { units } = this.#columns;
    const said = (n: number): UnitSaid => {
      const unit = units.at(this.#columns.unit.at(n));
      return {
        line: this.line.at(n),
        unit: this.is(n, PARKED) ? unplaced(unit) : unit,
        heads: this.is(n, HEAD) && !this.is(n, PARKED | CLOSED),
        row: n,
      };
    };
    if (!this.past) for (const n of this.numbers()) yield said(n);
    else
      for (const [n, row] of this.numbered()) {
        yield said(n);
        for (const { unit } of row.history?.units ?? [])
          yield { line: row.line, unit: units.at(units.numberOf(unit)), heads: false, row: n };
      }
  }

  #mended(n: number, row: SeatRow): SeatRow {
    if (!this.is(n, MENDED)) return row;
    row.manager = this.managerOf(n);
    row.reporting = this.is(n, TO_NOBODY) ? 'none' : row.manager !== null ? 'explicit' : row.reporting;
    if (this.is(n, REROUTED)) row.rerouted = true;
    if (this.is(n, PARKED)) {
      row.unit = unplaced(row.unit);
      row.head = false;
    }
    return row;
  }
}
