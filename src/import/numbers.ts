type Array_ = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;

/** Numbers by place where few places have one. What was never set is 0. */
export class FewNumbers extends Map<number, number> {
  at(index: number): number {
    return this.get(index) ?? 0;
  }
}

/** A list of numbers of one width that grows: a million of them take a few megabytes. What was never set is 0. */
export class Numbers<A extends Array_> {
  readonly #make: new (
    length: number,
  ) => A;
  #values: A;
  length = 0;

  constructor(make: new (length: number) => A) {
    this.#make = make;
    this.#values = new make(16);
  }

  at(index: number): number {
    return index >= 0 && index < this.length ? (this.#values[index] as number) : 0;
  }

  set(index: number, value: number): void {
    if (index >= this.length) this.#reach(index + 1);
    this.#values[index] = value;
  }

  push(value: number): void {
    this.set(this.length, value);
  }

  clear(): void {
    this.#values = new this.#make(16);
    this.length = 0;
  }

  #reach(length: number): void {
    if (length > this.#values.length) {
      // Pages that nothing was written to are no memory yet, so room may be made generously.
      const wider = new this.#make(Math.max(length, 2 * this.#values.length));
      wider.set(this.#values);
      this.#values = wider;
    }
    this.length = length;
  }
}
