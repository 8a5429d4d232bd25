import { Decimal, zero } from '../domain/decimal.ts';
import { Numbers } from './numbers.ts';
import type { SeatRow, UnitRef } from './rows.ts';
import { memoryScratch, type OpenScratch } from './scratch.ts';
import { type Codec, Spool } from './spool.ts';
import { TextTable } from './tables.ts';

type Kept = [...unknown[]];

/** A row as it is kept: its values in order, the FTE as text. */
export const seatRowCodec: Codec<SeatRow> = {
  encode: (r): Kept => [
    ...[r.line, r.id, r.identity === r.id ? 0 : r.identity, r.anonymous, r.manager, r.reporting],
    ...[r.unit.path, r.unit.id, r.unit.kind, r.unit.unit_type, r.unit.cost_centre, r.head, r.title, r.grade, r.job_family, r.location],
    ...[r.country, r.status, r.fte === null ? null : r.fte.toFixed(), r.posts, r.employment_type, r.pay, r.holder, r.history ?? null],
  ],
  // biome-ignore lint/suspicious/noExplicitAny: what was encoded above
  decode: (v: any[]): SeatRow => ({
    line: v[0],
    id: v[1],
    identity: v[2] === 0 ? v[1] : v[2],
    anonymous: v[3],
    manager: v[4],
    reporting: v[5],
    unit: { path: v[6], id: v[7], kind: v[8], unit_type: v[9], cost_centre: v[10] },
    head: v[11],
    title: v[12],
    grade: v[13],
    job_family: v[14],
    location: v[15],
    country: v[16],
    status: v[17],
    fte: v[18] === null ? null : new Decimal(v[18]),
    posts: v[19],
    employment_type: v[20],
    pay: v[21],
    holder: v[22],
    ...(v[23] === null ? {} : { history: v[23] }),
  }),
};

/** An empty list of rows. */
export const seatSpool = (scratch: OpenScratch = memoryScratch): Spool<SeatRow> => new Spool(scratch, seatRowCodec);

/** The id of the position that `roots=virtual` puts above all roots of a file. */
export const VIRTUAL_ROOT = '(virtual root)';
const nowhere: UnitRef = { path: [], id: null, kind: null, unit_type: null, cost_centre: null };
const virtualRoot = (): SeatRow => ({
  line: 0,
  id: VIRTUAL_ROOT,
  identity: VIRTUAL_ROOT,
  anonymous: false,
  manager: null,
  reporting: 'none',
  unit: nowhere,
  head: false,
  title: 'Virtual root',
  grade: null,
  job_family: null,
  location: null,
  country: null,
  status: 'open',
  fte: zero,
  posts: 1,
  employment_type: 'permanent',
  pay: null,
  holder: null,
});

/** What of a row is yes or no. */
export const ANONYMOUS = 1;
export const CLOSED = 2;
export const TO_NOBODY = 4;
export const MENDED = 8;
export const REROUTED = 16;
export const PARKED = 32;
export const LEFT_OUT = 64;

/**
 * The rows of a file and who they report to: of each row the memory holds its line, its id, its manager and a few marks; the rest is read from
 * where the rows are kept, and mended on the way.
 */
export class SeatRows implements Iterable<SeatRow> {
  /** Numbers of the ids that rows have, and name as managers. */
  readonly ids: TextTable;
  readonly line: Numbers<Int32Array>;
  readonly id: Numbers<Int32Array>;
  /** The number of the manager's id and 1; 0 for none. */
  readonly manager: Numbers<Int32Array>;
  readonly posts: Numbers<Int32Array>;
  readonly marks: Numbers<Uint8Array>;
  readonly #rows: Spool<SeatRow>;

  private constructor(rows: Spool<SeatRow>, from?: SeatRows) {
    this.#rows = rows;
    this.ids = from?.ids ?? new TextTable();
    this.line = from?.line ?? new Numbers(Int32Array);
    this.id = from?.id ?? new Numbers(Int32Array);
    this.manager = from?.manager ?? new Numbers(Int32Array);
    this.posts = from?.posts ?? new Numbers(Int32Array);
    this.marks = new Numbers(Uint8Array);
    for (let n = 0; n < (from?.marks.length ?? 0); n++) this.marks.push(from?.marks.at(n) ?? 0);
  }

  static of(rows: Spool<SeatRow>): SeatRows {
    const out = new SeatRows(rows);
    for (const row of rows) out.#add(row);
    return out;
  }

  #add(row: SeatRow): void {
    this.line.push(row.line);
    this.id.push(this.ids.add(row.id));
    this.manager.push(row.manager === null ? 0 : this.ids.add(row.manager) + 1);
    this.posts.push(row.posts);
    this.marks.push((row.anonymous ? ANONYMOUS : 0) | (row.status === 'closed' ? CLOSED : 0) | (row.reporting === 'none' ? TO_NOBODY : 0));
  }

  /** Puts the virtual root after the rows. */
  addVirtualRoot(): void {
    this.#add(virtualRoot());
  }

  /** The same rows without some of them. */
  without(out: (n: number) => boolean): SeatRows {
    const rest = new SeatRows(this.#rows, this);
    for (let n = 0; n < rest.marks.length; n++) if (out(n)) rest.mark(n, LEFT_OUT);
    return rest;
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
    return n < this.#rows.length ? this.#mended(n, this.#rows.at(n)) : virtualRoot();
  }

  /** The rows that are not left out, each with its number. */
  *numbered(): Generator<[number, SeatRow]> {
    let n = 0;
    for (const row of this.#rows) {
      if (!this.is(n, LEFT_OUT)) yield [n, this.#mended(n, row)];
      n += 1;
    }
    if (n < this.marks.length && !this.is(n, LEFT_OUT)) yield [n, virtualRoot()];
  }

  *[Symbol.iterator](): Generator<SeatRow> {
    for (const [, row] of this.numbered()) yield row;
  }

  #mended(n: number, row: SeatRow): SeatRow {
    if (!this.is(n, MENDED)) return row;
    row.manager = this.managerOf(n);
    row.reporting = this.is(n, TO_NOBODY) ? 'none' : row.manager !== null ? 'explicit' : row.reporting;
    if (this.is(n, REROUTED)) row.rerouted = true;
    if (this.is(n, PARKED)) {
      row.unit = { ...row.unit, path: ['Unplaced'], id: null, kind: null };
      row.head = false;
    }
    return row;
  }
}
