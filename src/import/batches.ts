import type { Change } from '../domain/changes.ts';
import { memoryScratch, type OpenScratch } from './scratch.ts';
import { Spool } from './spool.ts';

/** Most bytes of changes in one staged event. The store takes 1 MB with the envelope; personal fields grow when they are encrypted. */
export const BATCH_BYTES = 900_000;

const personalRoom = (change: Change): number => (change.personal ? 2 * Buffer.byteLength(JSON.stringify(change.personal)) + 400 : 0);

/** The changes of an import, in their order, kept in scratch and cut into batches below the limit. The same changes always give the same batches. */
export class Changes implements Iterable<Change> {
  readonly #spool: Spool<Change>;
  readonly #limit: number;
  /** Where each batch begins. */
  readonly #starts: number[] = [];
  #bytes = 0;

  constructor(scratch: OpenScratch = memoryScratch, limit = BATCH_BYTES) {
    this.#spool = new Spool(scratch);
    this.#limit = limit;
  }

  get length(): number {
    return this.#spool.length;
  }

  get batches(): number {
    return this.#starts.length;
  }

  push(change: Change): void {
    const bytes = this.#spool.push(change) + personalRoom(change) + 1;
    if (this.#starts.length === 0 || this.#bytes + bytes > this.#limit) {
      this.#starts.push(this.#spool.length - 1);
      this.#bytes = 0;
    }
    this.#bytes += bytes;
  }

  /** The changes of a batch, counted from 0. */
  batch(n: number): Change[] {
    return [...this.#spool.range(this.#starts[n] as number, this.#starts[n + 1] ?? this.length)];
  }

  [Symbol.iterator](): Generator<Change> {
    return this.#spool[Symbol.iterator]();
  }

  /** Gives the room back; there are no changes then. */
  close(): void {
    this.#spool.close();
    this.#starts.length = 0;
  }
}

/** Cuts a list of changes into batches. */
export const batchesOf = (list: Iterable<Change>, limit = BATCH_BYTES): Change[][] => {
  const changes = new Changes(memoryScratch, limit);
  for (const change of list) changes.push(change);
  return Array.from({ length: changes.batches }, (_, n) => changes.batch(n));
};
