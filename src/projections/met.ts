/** 2^28 bits, 32 MB at most: of eight million names one in a thousand that is new is taken for met. */
const BITS = 28;
/** So many are kept as they are, exactly, before the bits are asked for. */
const FEW = 20_000;

/** FNV-1a over the name, from a seed of its own for each place; the last steps are MurmurHash3's finalizer, for all bits to count. */
const hash = (name: string, seed: number): number => {
  let h = seed;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) >>> (32 - BITS);
};
const seeds = [0x811c9dc5, 0x9747b28c, 0x3c6ef372] as const;

/** Names that were met, in bounded memory (a Bloom filter). */
export interface Met {
  add(name: string): void;
  /** False: it was surely not met. True: it was, or hardly ever was not, so the caller has to look. */
  has(name: string): boolean;
}

export const metNames = (): Met => {
  let few: Set<string> | undefined = new Set();
  let words = new Uint32Array(0);
  const set = (name: string): void => {
    for (const seed of seeds) {
      const bit = hash(name, seed);
      words[bit >>> 5] = (words[bit >>> 5] as number) | (1 << (bit & 31));
    }
  };
  return {
    add: (name) => {
      if (!few) return set(name);
      few.add(name);
      if (few.size <= FEW) return;
      words = new Uint32Array(2 ** (BITS - 5));
      for (const known of few) set(known);
      few = undefined;
    },
    has: (name) => {
      if (few) return few.has(name);
      for (const seed of seeds) {
        const bit = hash(name, seed);
        if (((words[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
      }
      return true;
    },
  };
};
