type Array_ = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;

/** Numbers by place where few places have one. What was never set is 0. */
export class FewNumbers extends Map<number, number> {
  at(index: number): number {
    return this.get(index) ?? 0;
  }
}

/** Places of a block, as a power of two. */
const WIDTH = 14;
const BLOCK = 1 << WIDTH;
const WITHIN = BLOCK - 1;

/**
 * A list of numbers of one width that grows block by block: a million of them take a few megabytes, nothing is copied while the list grows, and a
 * block that nothing was written to is not there. What was never set is 0.
 */
export class Numbers<A extends Array_> {
  readonly #make: new (
    length: number,
  ) => A;
  #blocks: (A | undefined)[] = [];
  length = 0;

  constructor(make: new (length: number) => A) {
    this.#make = make;
  }

  at(index: number): number {
    return index >= 0 && index < this.length ? (this.#blocks[index >> WIDTH]?.[index & WITHIN] ?? 0) : 0;
  }

  set(index: number, value: number): void {
    const block = this.#blocks[index >> WIDTH];
    if (block !== undefined && (index & WITHIN) < block.length) block[index & WITHIN] = value;
    else this.#room(index)[index & WITHIN] = value;
    if (index >= this.length) this.length = index + 1;
  }

  push(value: number): void {
    this.set(this.length, value);
  }

  clear(): void {
    this.#blocks = [];
    this.length = 0;
  }

  /** The block of a place, made where it is not there; the first one begins small, since most lists are short. */
  #room(index: number): A {
    const number = index >> WIDTH;
    const before = this.#blocks[number];
    const length = number > 0 ? BLOCK : Math.min(BLOCK, Math.max(index + 1, 2 * (before?.length ?? 8)));
    const block = new this.#make(length);
    if (before) block.set(before);
    while (this.#blocks.length < number) this.#blocks.push(undefined);
    this.#blocks[number] = block;
    return block;
  }
}
