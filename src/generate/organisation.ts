import { eliminated, kinds, vacant } from './figures.ts';
import { countries } from './places.ts';
import { chance, type Dice, dice } from './random.ts';
import { structureOf } from './structure.ts';
import { type Unit, unitsOf } from './units.ts';

/** What a position is; its place in this list is what the state holds. */
export const standings = ['filled', 'vacant', 'frozen', 'planned', 'planned_hire', 'closed'] as const;
export type Standing = (typeof standings)[number];
export const holderKinds = ['human', 'contractor', 'robot', 'ai_agent'] as const;
export type HolderKind = (typeof holderKinds)[number];

export interface GenerateSettings {
  /** 1 or more. */
  positions: number;
  /** 0 to 4,294,967,295. */
  seed: number;
  /** The tenant's currency, one of `currencies` of places.ts. */
  currency: string;
  /** The first day the file holds, YYYY-MM-01 to YYYY-MM-28. */
  on: string;
  /** Gives people names and e-mail addresses. */
  names: boolean;
}

/** A generated organisation: a few numbers for each position, so that a million of them stay below 40 MB. The rows are written from these. */
export interface Organisation {
  settings: GenerateSettings;
  dice: Dice;
  units: Unit[];
  /** How many positions there were at first; later months add numbers behind. */
  first: number;
  /** The positions of the pool begin here and end at `first`. */
  poolFrom: number;
  poolHead: number;
  size: number;
  parent: Int32Array;
  layer: Uint8Array;
  unit: Int32Array;
  /** The unit where the position began: what it does and where follows from that, wherever it moves. */
  home: Int32Array;
  /** Direct reports that are not closed. */
  reports: Int32Array;
  standing: Uint8Array;
  kind: Uint8Array;
  country: Uint8Array;
  /** The number of who holds it; -1 where nobody does. */
  holder: Int32Array;
  holders: number;
  /** The first day of those who came after the first file, by their number. */
  startedOn: Map<number, string>;
}

const countryOf = (d: Dice, unit: Unit, who: number): number => {
  const draw = (of: number) => {
    let left = d.below(10_000, 'country', of);
    return countries.findIndex((c) => (left -= c.share) < 0);
  };
  // Most of a unit sits in one country, a few elsewhere.
  return d.below(100, 'abroad', who) < 92 ? draw(unit.head) : draw(who);
};

/** What a position without reports is, and who sits there. Managers are people, and never closed: others hang on them. */
const seatOf = (d: Dice, who: number, manages: boolean): { standing: Standing; kind: HolderKind } => {
  if (manages) return { standing: who > 0 && chance(d, vacant, 'occupancy', who) ? 'vacant' : 'filled', kind: 'human' };
  const draw = d.below(10_000, 'occupancy', who);
  const steps: readonly (readonly [number, Standing, HolderKind])[] = [
    [vacant, 'vacant', 'human'],
    [eliminated, 'closed', 'human'],
    [kinds.planned, 'planned', 'human'],
    [kinds.planned_hire, 'planned_hire', 'human'],
    [kinds.frozen, 'frozen', 'human'],
    [kinds.contractor, 'filled', 'contractor'],
    [kinds.robot, 'filled', 'robot'],
    [kinds.ai_agent, 'filled', 'ai_agent'],
  ];
  let left = draw;
  for (const [share, standing, kind] of steps) {
    left -= share;
    if (left < 0) return { standing, kind };
  }
  return { standing: 'filled', kind: 'human' };
};

export const standingOf = (o: Organisation, i: number): Standing => standings[o.standing[i] as number] as Standing;
export const setStanding = (o: Organisation, i: number, standing: Standing): void => {
  o.standing[i] = standings.indexOf(standing);
};
export const holds = (standing: Standing): boolean => standing === 'filled' || standing === 'planned_hire';

/** The organisation of a seed: the same for the same settings, on every machine and in every version that pins its bytes. */
export const generate = (settings: GenerateSettings): Organisation => {
  const d = dice(settings.seed);
  const n = settings.positions;
  const structure = structureOf(d, n);
  const { units, unit } = unitsOf(d, structure);
  const reports = new Int32Array(n);
  const spanOf = new Int32Array(n);
  for (let i = 1; i < n; i++) spanOf[structure.parent[i] as number] = (spanOf[structure.parent[i] as number] as number) + 1;
  const o: Organisation = {
    settings,
    dice: d,
    units,
    first: n,
    poolFrom: structure.pool.from,
    poolHead: structure.pool.head,
    size: n,
    parent: structure.parent,
    layer: structure.layer,
    unit,
    home: unit.slice(),
    reports,
    standing: new Uint8Array(n),
    kind: new Uint8Array(n),
    country: new Uint8Array(n),
    holder: new Int32Array(n).fill(-1),
    holders: n,
    startedOn: new Map(),
  };
  for (let i = 0; i < n; i++) {
    const { standing, kind } = seatOf(d, i, (spanOf[i] as number) > 0);
    setStanding(o, i, standing);
    o.kind[i] = holderKinds.indexOf(kind);
    o.country[i] = countryOf(d, units[unit[i] as number] as Unit, i);
    if (holds(standing)) o.holder[i] = i;
    if (standing !== 'closed' && i > 0) reports[o.parent[i] as number] = (reports[o.parent[i] as number] as number) + 1;
  }
  return o;
};

const grown = <T extends Int32Array | Uint8Array>(old: T, size: number): T => {
  const made = new (old.constructor as new (length: number) => T)(size);
  made.set(old);
  return made;
};

/** Adds a position in its manager's unit; gives its number. */
export const addPosition = (o: Organisation, boss: number): number => {
  if (o.size === o.parent.length) {
    const size = o.size + (o.size >> 2) + 16;
    for (const field of ['parent', 'unit', 'home', 'reports', 'holder'] as const)
      o[field] = grown(o[field], size) as Int32Array<ArrayBuffer>;
    for (const field of ['layer', 'standing', 'kind', 'country'] as const) o[field] = grown(o[field], size) as Uint8Array<ArrayBuffer>;
  }
  const i = o.size++;
  o.parent[i] = boss;
  o.layer[i] = (o.layer[boss] as number) + 1;
  o.unit[i] = o.unit[boss] as number;
  o.home[i] = o.unit[boss] as number;
  o.country[i] = o.country[boss] as number;
  o.holder[i] = -1;
  o.reports[boss] = (o.reports[boss] as number) + 1;
  setStanding(o, i, 'vacant');
  return i;
};
