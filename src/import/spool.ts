import { Numbers } from './numbers.ts';
import type { OpenScratch, Scratch } from './scratch.ts';

/** How an entry is written: as a value that JSON can hold, and back. */
export interface Codec<T> {
  encode(entry: T): unknown;
  decode(value: never): T;
}

/** Bytes gathered before they are written, and read at once while walking. */
const BLOCK = 1 << 18;
/** Entries of a group, as a power of two: the memory holds where each group ends, and walking reads a group as one JSON array. */
const GROUP = 4;
/** Between two entries of a group: no JSON text holds a line break of its own, so an entry is found by counting them. */
const BETWEEN = ',\n';
const BREAK = 10;

/** A list that keeps its entries in scratch and in memory only where every few of them end: walked in order, or read one by one. Reading gives copies. */
export class Spool<T> implements Iterable<T> {
  readonly #open: OpenScratch;
  readonly #codec: Codec<T> | undefined;
  /** Where each whole group ends. */
  readonly #ends = new Numbers(Float64Array);
  readonly #block = { bytes: Buffer.alloc(0), used: 0 };
  #scratch: Scratch | undefined;
  /** Bytes in scratch; what is gathered comes after them. */
  #written = 0;
  #one = Buffer.alloc(0);
  length = 0;

  constructor(open: OpenScratch, codec?: Codec<T>) {
    this.#open = open;
    this.#codec = codec;
  }

  /** Appends an entry; returns the bytes of its JSON. */
  push(entry: T): number {
    const text = JSON.stringify(this.#codec ? this.#codec.encode(entry) : entry);
    const size = Buffer.byteLength(text);
    const block = this.#block;
    const room = size + BETWEEN.length;
    if (block.used + room > block.bytes.length) {
      this.#flush();
      // A short list stays short: the block grows with what is put into it.
      const wanted = Math.max(room, Math.min(BLOCK, Math.max(4096, 4 * block.bytes.length)));
      if (wanted > block.bytes.length) block.bytes = Buffer.allocUnsafeSlow(wanted);
    }
    const within = this.length & ((1 << GROUP) - 1);
    if (within > 0) block.used += block.bytes.write(BETWEEN, block.used, 'latin1');
    block.used += size === text.length ? block.bytes.write(text, block.used, 'latin1') : block.bytes.write(text, block.used);
    this.length += 1;
    if (within === (1 << GROUP) - 1) this.#ends.push(this.#written + block.used);
    return size;
  }

  /** The entry at a place. */
  at(index: number): T {
    const group = index >> GROUP;
    const length = this.#end(group) - this.#start(group);
    if (length > this.#one.length) this.#one = Buffer.allocUnsafeSlow(2 * length);
    const bytes = this.#one.subarray(0, length);
    this.#read(this.#start(group), bytes);
    let from = 0;
    for (let i = group << GROUP; i < index; i++) from = bytes.indexOf(BREAK, from) + 1;
    const end = index + 1 === this.length || (index + 1) >> GROUP !== group ? length : bytes.indexOf(BREAK, from) - 1;
    return this.#decoded(JSON.parse(bytes.toString('utf8', from, end)));
  }

  *[Symbol.iterator](): Generator<T> {
    yield* this.range(0, this.length);
  }

  /** The entries from one place to before another, in order. */
  *range(first: number, end: number): Generator<T> {
    if (first >= end) return;
    let room = Buffer.alloc(0);
    const groups = ((end - 1) >> GROUP) + 1;
    for (let group = first >> GROUP; group < groups; ) {
      const from = this.#start(group);
      let last = group + 1;
      while (last < groups && this.#end(last) - from <= BLOCK) last++;
      const length = this.#end(last - 1) - from;
      if (length > room.length) room = Buffer.allocUnsafeSlow(Math.max(length, last < groups ? BLOCK : 0));
      this.#read(from, room.subarray(0, length));
      for (; group < last; group++) {
        // What was appended since the bytes were read is not among them.
        const until = Math.min(this.#end(group) - from, length);
        const values = JSON.parse(`[${room.toString('utf8', this.#start(group) - from, until)}]`) as unknown[];
        const begin = group << GROUP;
        for (let i = Math.max(0, first - begin); i < values.length && begin + i < end; i++) yield this.#decoded(values[i]);
      }
    }
  }

  /** Gives the room back; the list is empty then. */
  close(): void {
    this.#scratch?.close();
    this.#scratch = undefined;
    this.#ends.clear();
    this.#block.bytes = Buffer.alloc(0);
    this.#one = Buffer.alloc(0);
    this.#block.used = 0;
    this.#written = 0;
    this.length = 0;
  }

  #start(group: number): number {
    return group === 0 ? 0 : this.#ends.at(group - 1);
  }

  #end(group: number): number {
    return group < this.#ends.length ? this.#ends.at(group) : this.#written + this.#block.used;
  }

  #decoded(value: unknown): T {
    return this.#codec ? this.#codec.decode(value as never) : (value as T);
  }

  #read(at: number, into: Buffer): void {
    if (at + into.length > this.#written && at < this.#written) this.#flush();
    if (at >= this.#written) this.#block.bytes.copy(into, 0, at - this.#written, at - this.#written + into.length);
    else (this.#scratch as Scratch).read(at, into);
  }

  #flush(): void {
    const { bytes, used } = this.#block;
    if (used === 0) return;
    this.#scratch ??= this.#open();
    this.#scratch.append(bytes.subarray(0, used));
    this.#written += used;
    this.#block.used = 0;
  }
}
