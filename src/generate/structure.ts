import { growth, spans } from './figures.ts';
import type { Dice } from './random.ts';

/** From so many positions on, one of them has POOL direct reports: a contact centre whose people all report to its head. */
export const POOL_FROM = 5_000;
export const POOL = 1_200;

/** Who reports to whom, position by position, the chief first and layer by layer. */
export interface Structure {
  /** The manager's number; -1 for the chief. */
  parent: Int32Array;
  /** The chief's is 1. */
  layer: Uint8Array;
  /** The head of the pool and the first of its people, or -1. Its people are the last numbers. */
  pool: { head: number; from: number };
}

const spread = spans.flatMap(([reports, managers]) => Array<number>(managers).fill(reports));

/** How many positions each layer has; they add up to `n`. */
export const layerSizes = (n: number): number[] => {
  if (n < 12) return n > 1 ? [1, n - 1] : [n];
  const shape = (layers: number, between: number): number[] => {
    const sizes = [1, Math.floor(growth.first / 10)];
    for (let l = 2; l < layers; l++) {
      const factor = l === layers - 1 ? growth.last : l === layers - 2 ? Math.min(growth.beforeLast, between) : between;
      sizes.push(Math.floor(((sizes[l - 1] as number) * factor) / 10));
    }
    return sizes;
  };
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
  let layers = 3;
  while (sum(shape(layers, growth.most)) < n) layers++;
  let between = 1;
  while (sum(shape(layers, between)) < n) between++;
  const full = shape(layers, between);
  const [chief = 1, second = 9, ...rest] = full;
  const room = n - chief - second;
  const sizes = rest.map((size) => Math.floor((size * room) / sum(rest)));
  sizes[sizes.length - 1] = (sizes.at(-1) as number) + room - sum(sizes);
  return [chief, second, ...sizes];
};

/** Draws the spans of the managers of one layer so that they add up to `reports`; at most `people` managers. */
const drawSpans = (d: Dice, first: number, people: number, reports: number): number[] => {
  const drawn: number[] = [];
  let left = reports;
  while (left > 0 && drawn.length < people) {
    const span = Math.min(left, first === 0 ? left : (spread[d.below(1_000, 'span', first + drawn.length)] as number));
    drawn.push(span);
    left -= span;
  }
  for (let i = 0; left > 0; left--, i++) drawn[i % drawn.length] = (drawn[i % drawn.length] as number) + 1;
  return drawn;
};

/** The reporting lines of `n` positions. Managers are drawn evenly over their layer (selection sampling), their spans from the figures. */
export const structureOf = (d: Dice, n: number): Structure => {
  const pooled = n >= POOL_FROM ? POOL : 0;
  const parent = new Int32Array(n).fill(-1);
  const layer = new Uint8Array(n);
  const sizes = layerSizes(n - pooled);
  layer[0] = 1;
  let above = 0;
  let next = 1;
  const manages = new Uint8Array(n);
  sizes.slice(1).forEach((size, i) => {
    const people = sizes[i] as number;
    const drawn = drawSpans(d, above, people, size);
    let managers = 0;
    for (let p = 0; p < people && managers < drawn.length; p++) {
      const boss = above + p;
      if (d.below(people - p, 'manages', boss) >= drawn.length - managers) continue;
      manages[boss] = 1;
      for (let s = drawn[managers++] as number; s > 0; s--, next++) {
        parent[next] = boss;
        layer[next] = i + 2;
      }
    }
    above += people;
  });
  if (pooled === 0) return { parent, layer, pool: { head: -1, from: n } };
  // Somebody of the fourth layer without reports yet.
  const fourth = (sizes[0] as number) + (sizes[1] as number) + (sizes[2] as number);
  let head = fourth;
  while (manages[head]) head++;
  parent.fill(head, next);
  layer.fill((layer[head] as number) + 1, next);
  return { parent, layer, pool: { head, from: next } };
};
