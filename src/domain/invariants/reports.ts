import { type Finding, finding } from '../codes.ts';
import { earlier, FOREVER, type IsoDate } from '../dates.ts';
import { headsAbove, loopsThrough } from '../reporting.ts';
import type { View, World } from '../working-set.ts';
import type { Decision } from '../world.ts';
import type { Invariant } from './invariant.ts';

/**
 * Positions through which a new loop of solid lines must run: those whose own line changed or that are there again (the lines of
 * the units they head turn to them), and, where the head or the parent of a unit changed or its head closes, the nearest head
 * upward, to which the lines of its members turn (its own line may turn too, further up).
 */
function* starts(world: World, view: View): Decision<Map<string, IsoDate>> {
  const from = new Map<string, IsoDate>();
  const add = (id: string, date: IsoDate) => from.set(id, (from.get(id) ?? date) < date ? (from.get(id) as IsoDate) : date);
  const turned = new Map<string, IsoDate>();
  for (const touch of world.touched('position', 'reporting', 'manager_id', 'unit_id')) if (!touch.fresh) add(touch.id, touch.from);
  for (const touch of world.touched('position', 'status')) {
    if (touch.fresh) continue;
    if (!touch.closes) add(touch.id, touch.from);
    else
      for (const unit of world.referrers('org_unit', 'head_id', touch.id))
        turned.set(unit, earlier(turned.get(unit) ?? touch.from, touch.from));
  }
  for (const touch of world.touched('org_unit', 'parent_id', 'head_id'))
    if (!touch.fresh) turned.set(touch.id, earlier(turned.get(touch.id) ?? touch.from, touch.from));
  for (const [unit, date] of turned)
    for (const near of yield* headsAbove(world, view, unit, date, FOREVER, [])) if (near.id !== null) add(near.id, near.from);
  return from;
}

/** REPORTS_CYCLE: solid reporting lines have no loop on any date; the finding prints the loop. */
export const noReportingLoop: Invariant = function* (world, view): Decision<Finding[]> {
  const found = new Map<string, Finding>();
  for (const [id, from] of yield* starts(world, view)) {
    for (const loop of yield* loopsThrough(world, view, id, from)) {
      const ids = [...loop.ids, id];
      const names = ids.map((p) => world.name('position', p, loop.date)).join(' -> ');
      found.set(
        [...loop.ids].sort().join(),
        finding('REPORTS_CYCLE', `from ${loop.date} on the reporting lines would form a loop: ${names}`, { ids, dates: [loop.date] }),
      );
    }
  }
  return [...found.values()];
};
