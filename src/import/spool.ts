import { Numbers } from './numbers.ts';
import type { OpenScratch, Scratch } from './scratch.ts';

/** How an entry is written: as a value that JSON can hold, and back. */
export interface Codec<T> {
  encode(entry: T): unknown;
  decode(value: never): T;
}

/** Bytes gathered before they are written, and read at once while walking. */
const BLOCK = 1 << 18;

/** A list that keeps its entries in scratch and in memory only where each one ends: walked in order, or read one by one. Reading gives copies. */
export class Spool<T> implements Iterable<T> {
  readonly #open: OpenScratch;
  readonly #codec: Codec<T> | undefined;
  readonly #ends = new Numbers(Float64Array);
  readonly #block = { bytes: Buffer.alloc(0), used: 0 };
  #scratch: Scratch | undefined;
  /** Bytes in scratch; what is gathered comes after them. */
  #written = 0;

  constructor(open: OpenScratch, codec?: Codec<T>) {
    this.#open = open;
    this.#codec = codec;
  }

  get length(): number {
    return this.#ends.length;
  }

  /** Appends an entry; returns the bytes of its JSON. */
  push(entry: T): number {
    const text = JSON.stringify(this.#codec ? this.#codec.encode(entry) : entry);
    const size = Buffer.byteLength(text);
    const block = this.#block;
    if (block.used + size > block.bytes.length) {
      this.#flush();
      // A short list stays short: the block grows with what is put into it.
      const room = Math.max(size, Math.min(BLOCK, Math.max(4096, 4 * block.bytes.length)));
      if (room > block.bytes.length) block.bytes = Buffer.allocUnsafeSlow(room);
    }
    block.bytes.write(text, block.used);
    block.used += size;
    this.#ends.push(this.#written + block.used);
    return size;
  }

  /** The entry at a place. */
  at(index: number): T {
    const from = this.#start(index);
    return this.#entry(this.#read(from, this.#ends.at(index) - from), 0, this.#ends.at(index) - from);
  }

  *[Symbol.iterator](): Generator<T> {
    yield* this.range(0, this.length);
  }

  /** The entries from one place to before another, in order. */
  *range(first: number, end: number): Generator<T> {
    for (let i = first; i < end; ) {
      const from = this.#start(i);
      let last = i + 1;
      while (last < end && this.#ends.at(last) - from <= BLOCK) last++;
      const bytes = this.#read(from, this.#ends.at(last - 1) - from);
      for (; i < last; i++) yield this.#entry(bytes, this.#start(i) - from, this.#ends.at(i) - from);
    }
  }

  /** Gives the room back; the list is empty then. */
  close(): void {
    this.#scratch?.close();
    this.#scratch = undefined;
    this.#ends.clear();
    this.#block.bytes = Buffer.alloc(0);
    this.#block.used = 0;
    this.#written = 0;
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends.at(index - 1);
  }

  #entry(bytes: Buffer, from: number, to: number): T {
    const value = JSON.parse(bytes.toString('utf8', from, to));
    return this.#codec ? this.#codec.decode(value as never) : value;
  }

  #read(at: number, length: number): Buffer {
    if (at + length > this.#written && at < this.#written) this.#flush();
    if (at >= this.#written) return this.#block.bytes.subarray(at - this.#written, at - this.#written + length);
    const bytes = (this.#scratch as Scratch).read(at, length);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
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
