import { unitSizes } from './figures.ts';
import { families } from './places.ts';
import { type Dice, quantile } from './random.ts';
import type { Structure } from './structure.ts';

/** Levels of units below the root: a path stays readable, and well below the 1,000 characters an import takes. */
const LEVELS = 7;

export interface Unit {
  /** From the first level below the root, joined by " > "; "" for the root. */
  path: string;
  level: number;
  /** The position that heads it. */
  head: number;
  family: number;
}

const kindWords = ['', 'Division', 'Department'] as const;

/** How many positions report to each, at any distance, itself included. Reports stand after their manager. */
const sizesBelow = (parent: Int32Array): Int32Array => {
  const sizes = new Int32Array(parent.length).fill(1);
  for (let i = parent.length - 1; i > 0; i--) {
    const boss = parent[i] as number;
    sizes[boss] = (sizes[boss] as number) + (sizes[i] as number);
  }
  return sizes;
};

/**
 * The units of a structure, and in which of them each position stands. A manager whose people are as many as a unit drawn from the figures heads
 * one of their own inside the unit above; so does everybody with reports below the chief, and the head of the pool.
 */
export const unitsOf = (d: Dice, { parent, layer, pool }: Structure): { units: Unit[]; unit: Int32Array } => {
  const units: Unit[] = [{ path: '', level: 0, head: 0, family: 0 }];
  const unit = new Int32Array(parent.length);
  const below = sizesBelow(parent);
  for (let i = 1; i < parent.length; i++) {
    const home = unit[parent[i] as number] as number;
    const outer = units[home] as Unit;
    const people = below[i] as number;
    const heads =
      people > 1 &&
      outer.level < LEVELS &&
      (layer[i] === 2 || i === pool.head || people >= Math.max(3, quantile(unitSizes, d.below(1_000, 'unitSize', i))));
    unit[i] = heads ? units.length : home;
    if (!heads) continue;
    const level = outer.level + 1;
    const family = i === pool.head ? 7 : level <= 2 ? d.below(families.length, 'family', i) : outer.family;
    const name = `${families[family]?.[0]} ${kindWords[level] ?? 'Team'} ${units.length}`;
    units.push({ path: outer.path === '' ? name : `${outer.path} > ${name}`, level, head: i, family });
  }
  return { units, unit };
};
