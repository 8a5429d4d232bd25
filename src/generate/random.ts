/**
 * Chance by a hash of (seed, what is asked, whose): no state, so one answer never shifts another. Integers of 32 bits only,
 * so that every machine gives the same; nothing here may use a float whose last digit a machine could choose.
 */
const mixed = (value: number): number => {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

/** What is asked, as a number of its own; a new question gets a new one, and none ever changes. */
export const asks = {
  span: 1,
  manages: 2,
  unitSize: 3,
  family: 4,
  country: 5,
  seniority: 6,
  pay: 7,
  fte: 8,
  occupancy: 9,
  tenure: 10,
  actualPay: 11,
  cents: 12,
  name: 13,
  month: 14,
  monthTarget: 15,
  dirt: 16,
  abroad: 17,
  surname: 18,
  fteWithin: 19,
  centsOf: 20,
} as const;

export interface Dice {
  /** A whole number from 0 to n - 1, for n up to 2,097,152 (the product below stays a whole number). */
  below(n: number, ask: keyof typeof asks, who: number): number;
}

/** Dice of one seed: a whole number from 0 to 4,294,967,295. */
export const dice = (seed: number): Dice => {
  const keys = new Map<string, number>(Object.entries(asks).map(([ask, salt]) => [ask, mixed(mixed(seed) ^ Math.imul(salt, 0x9e3779b1))]));
  return {
    below: (n, ask, who) =>
      Math.floor(((mixed(mixed((keys.get(ask) as number) ^ Math.imul(who + 1, 0x27d4eb2f))) >>> 0) * n) / 0x1_0000_0000),
  };
};

/** A share of ten thousand: true for about `perTenThousand` of 10,000 who ask. */
export const chance = (d: Dice, perTenThousand: number, ask: keyof typeof asks, who: number): boolean =>
  d.below(10_000, ask, who) < perTenThousand;

export type Knot = readonly [perThousand: number, value: number];

/** The value at a place of 0 to 999 in a distribution known by some of its quantiles, in a straight line between them, rounded down. */
export const quantile = (knots: readonly Knot[], at: number): number => {
  const next = knots.findIndex(([p]) => p > at);
  if (next <= 0) return (next === 0 ? knots[0] : knots.at(-1))?.[1] ?? 0;
  const [p0, v0] = knots[next - 1] as Knot;
  const [p1, v1] = knots[next] as Knot;
  return v0 + Math.floor(((v1 - v0) * (at - p0)) / (p1 - p0));
};
