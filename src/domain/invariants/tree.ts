import { type Finding, finding } from '../codes.ts';
import { earlier, FOREVER, type IsoDate, later } from '../dates.ts';
import { at } from '../timeline.ts';
import type { View, World } from '../working-set.ts';
import type { Decision } from '../world.ts';
import { boundaries, type Invariant, isActive } from './invariant.ts';

/** Walks up from a unit by date; finds the way back to `start`. Loads units as it meets them. */
function* wayBack(
  world: World,
  view: View,
  start: string,
  unit: string,
  from: IsoDate,
  to: IsoDate,
  path: string[],
): Decision<{ ids: string[]; date: IsoDate } | undefined> {
  if (!world.known('org_unit', unit)) yield* world.load([{ need: 'unit_chain', id: unit }]);
  for (const v of world.versions(view, 'org_unit', unit)) {
    const begin = later(v.effective_from, from);
    const end = earlier(v.effective_to, to);
    const parent = v.values.parent_id;
    if (begin >= end || typeof parent !== 'string' || !isActive('org_unit', v.values)) continue;
    if (parent === start) return { ids: path, date: begin };
    if (path.includes(parent)) continue;
    const found = yield* wayBack(world, view, start, parent, begin, end, [...path, parent]);
    if (found) return found;
  }
  return undefined;
}

/** TREE_CYCLE: units form a tree on every date. A new loop runs through a unit whose parent changed, so the walk starts there. */
export const noUnitLoop: Invariant = function* (world, view): Decision<Finding[]> {
  const found = new Map<string, Finding>();
  for (const touch of world.touched('org_unit', 'parent_id')) {
    const loop = yield* wayBack(world, view, touch.id, touch.id, touch.from, FOREVER, [touch.id]);
    if (!loop) continue;
    const ids = [...loop.ids, touch.id];
    const names = ids.map((id) => world.name('org_unit', id, loop.date)).join(' -> ');
    found.set(
      [...loop.ids].sort().join(),
      finding('TREE_CYCLE', `from ${loop.date} on the units would form a loop: ${names}`, { ids, dates: [loop.date] }),
    );
  }
  return [...found.values()];
};

/** TREE_ROOT: the one root neither moves nor closes, and no second one arises. Building a new tenant's tree is a baseline decision. */
export const oneRoot: Invariant = (world, view) => {
  if (view === 'before') return [];
  return world.touched('org_unit', 'parent_id', 'status').flatMap((touch) => {
    const before = world.versions('before', 'org_unit', touch.id);
    const after = world.versions('after', 'org_unit', touch.id);
    const root = (versions: typeof after, date: IsoDate) => {
      const values = at(versions, date);
      return isActive('org_unit', values) && (values.parent_id ?? null) === null;
    };
    const dates = boundaries(touch.from, before, after).filter(
      (d) => root(before, d) !== root(after, d) && (world.ctx.scenario || root(before, d)),
    );
    const first = dates[0];
    if (first === undefined) return [];
    const name = world.name('org_unit', touch.id, first);
    return [
      finding('TREE_ROOT', root(before, first) ? `${name} is the root; it neither moves nor closes` : `${name} would be a second root`, {
        ids: [touch.id],
        dates,
      }),
    ];
  });
};
