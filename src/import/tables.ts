import { Numbers } from './numbers.ts';

/** Open addressing over entries that are kept elsewhere: finds an entry's number by its hash and a comparison. */
class Slots {
  #slots = new Int32Array(64);
  #count = 0;

  find(hash: number, same: (entry: number) => boolean): number {
    const mask = this.#slots.length - 1;
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const entry = (this.#slots[i] as number) - 1;
      if (entry < 0 || same(entry)) return entry;
    }
  }

  add(hash: number, entry: number, hashOf: (entry: number) => number): void {
    if (4 * (this.#count + 1) > 3 * this.#slots.length) {
      const room = 2 * this.#slots.length;
      // Given back before the wider one is asked for.
      this.#slots = new Int32Array(0);
      this.#slots = new Int32Array(room);
      for (let e = 0; e < this.#count; e++) this.#put(hashOf(e), e);
    }
    this.#put(hash, entry);
    this.#count += 1;
  }

  clear(): void {
    this.#slots = new Int32Array(64);
    this.#count = 0;
  }

  #put(hash: number, entry: number): void {
    const mask = this.#slots.length - 1;
    let i = hash & mask;
    while (this.#slots[i] !== 0) i = (i + 1) & mask;
    this.#slots[i] = entry + 1;
  }
}

const mixed = (a: number, b: number): number => {
  const h = Math.imul(a ^ b, 0x9e3779b1);
  return h ^ (h >>> 15);
};

const digit = (code: number): number => (code < 58 ? code - 48 : code - 87);

/** Numbers for uuids, from 0 in the order in which they came: 16 bytes each, not the hundred of a text in a set. */
export class UuidTable {
  readonly #words = new Numbers(Uint32Array);
  readonly #slots = new Slots();
  readonly #now = new Uint32Array(4);

  get length(): number {
    return this.#words.length >> 2;
  }

  /** The number of a uuid, or -1. */
  find(id: string): number {
    const now = this.#read(id);
    return this.#slots.find(this.#hash(now[0] as number, now[1] as number, now[2] as number, now[3] as number), this.#same);
  }

  /** The number of a uuid, given to it now where it has none. */
  add(id: string): number {
    const known = this.find(id);
    if (known >= 0) return known;
    const entry = this.length;
    for (const word of this.#now) this.#words.push(word);
    this.#slots.add(this.#hashOf(entry), entry, this.#hashOf);
    return entry;
  }

  /** The uuid of a number. */
  text(entry: number): string {
    const hex = Array.from({ length: 4 }, (_, i) =>
      this.#words
        .at(4 * entry + i)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  #read(id: string): Uint32Array {
    if (id.length !== 36) throw new TypeError(`${JSON.stringify(id.slice(0, 60))} is no uuid`);
    let word = 0;
    let digits = 0;
    for (let i = 0; i < 36; i++) {
      const code = id.charCodeAt(i);
      if (code === 45) continue;
      word = (word << 4) | digit(code);
      if ((++digits & 7) === 0) {
        this.#now[(digits >> 3) - 1] = word;
        word = 0;
      }
    }
    return this.#now;
  }

  #hash(a: number, b: number, c: number, d: number): number {
    return mixed(mixed(a, b), mixed(c, d));
  }

  readonly #hashOf = (entry: number): number =>
    this.#hash(this.#words.at(4 * entry), this.#words.at(4 * entry + 1), this.#words.at(4 * entry + 2), this.#words.at(4 * entry + 3));

  readonly #same = (entry: number): boolean => {
    for (let i = 0; i < 4; i++) if (this.#words.at(4 * entry + i) !== this.#now[i]) return false;
    return true;
  };
}

/** A set of things that have a number. */
export class Marks {
  readonly #ids: UuidTable;
  readonly #marks = new Numbers(Uint8Array);

  constructor(ids: UuidTable) {
    this.#ids = ids;
  }

  add(id: string): void {
    this.#marks.set(this.#ids.add(id), 1);
  }

  has(id: string): boolean {
    return this.#marks.at(this.#ids.find(id)) === 1;
  }
}

/** Numbers for texts, from 0 in the order in which they came: the ids of a file, as its rows name each other. */
export class TextTable {
  readonly #units = new Numbers(Uint16Array);
  readonly #ends = new Numbers(Uint32Array);
  readonly #slots = new Slots();
  #now = '';

  get length(): number {
    return this.#ends.length;
  }

  /** The number of a text, or -1. */
  find(text: string): number {
    this.#now = text;
    let hash = text.length;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return this.#slots.find(mixed(hash, 0), this.#same);
  }

  /** The number of a text, given to it now where it has none. */
  add(text: string): number {
    const known = this.find(text);
    if (known >= 0) return known;
    const entry = this.length;
    for (let i = 0; i < text.length; i++) this.#units.push(text.charCodeAt(i));
    this.#ends.push(this.#units.length);
    this.#slots.add(this.#hashOf(entry), entry, this.#hashOf);
    return entry;
  }

  clear(): void {
    this.#units.clear();
    this.#ends.clear();
    this.#slots.clear();
  }

  /** The text of a number. */
  text(entry: number): string {
    const codes: number[] = [];
    for (let i = this.#start(entry); i < this.#ends.at(entry); i++) codes.push(this.#units.at(i));
    return String.fromCharCode(...codes);
  }

  #start(entry: number): number {
    return entry === 0 ? 0 : this.#ends.at(entry - 1);
  }

  readonly #hashOf = (entry: number): number => {
    const start = this.#start(entry);
    const end = this.#ends.at(entry);
    let hash = end - start;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ this.#units.at(i), 0x01000193);
    return mixed(hash, 0);
  };

  readonly #same = (entry: number): boolean => {
    const start = this.#start(entry);
    if (this.#ends.at(entry) - start !== this.#now.length) return false;
    for (let i = 0; i < this.#now.length; i++) if (this.#units.at(start + i) !== this.#now.charCodeAt(i)) return false;
    return true;
  };
}
