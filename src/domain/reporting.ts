import { addDays, earlier, FOREVER, type IsoDate, later } from './dates.ts';
import type { Values } from './entities.ts';
import type { View, World } from './working-set.ts';
import type { Decision } from './world.ts';

/** A half-open stretch of dates on which a position (or unit) leads to `id`; null where it leads nowhere. */
export interface Span {
  from: IsoDate;
  to: IsoDate;
  id: string | null;
}

type Cut = { from: IsoDate; to: IsoDate; values: Values };

/** The versions of a thing within a range of dates, cut to it. */
const within = (world: World, view: View, kind: 'position' | 'org_unit', id: string, from: IsoDate, to: IsoDate): Cut[] =>
  world.versions(view, kind, id).flatMap((v) => {
    const cut = { from: later(v.effective_from, from), to: earlier(v.effective_to, to), values: v.values };
    return cut.from < cut.to ? [cut] : [];
  });

/** The nearest head upward from a unit, the unit included, that is not one of `except`; by date. Loads units as it meets them. */
export function* headsAbove(
  world: World,
  view: View,
  unit: string,
  from: IsoDate,
  to: IsoDate,
  except: readonly string[],
  passed: readonly string[] = [],
): Decision<Span[]> {
  if (!world.known('org_unit', unit)) yield* world.load([{ need: 'unit_chain', id: unit }]);
  const spans: Span[] = [];
  for (const cut of within(world, view, 'org_unit', unit, from, to)) {
    const { head_id, parent_id } = cut.values;
    if (typeof head_id === 'string' && !except.includes(head_id)) spans.push({ from: cut.from, to: cut.to, id: head_id });
    else if (typeof parent_id === 'string' && !passed.includes(parent_id) && parent_id !== unit)
      spans.push(...(yield* headsAbove(world, view, parent_id, cut.from, cut.to, except, [...passed, unit])));
    else spans.push({ from: cut.from, to: cut.to, id: null });
  }
  return spans;
}

/** The solid-line manager of a position by date, for the dates on which the position is there. Loads the chain as it meets it. */
export function* managersOf(world: World, view: View, position: string, from: IsoDate, to: IsoDate = FOREVER): Decision<Span[]> {
  if (!world.known('position', position))
    yield* world.load([
      { need: 'reporting_chain', id: position },
      { need: 'thing', kind: 'position', id: position },
    ]);
  const spans: Span[] = [];
  for (const cut of within(world, view, 'position', position, from, to)) {
    const { status, reporting, manager_id, unit_id } = cut.values;
    if (status === 'closed') continue;
    if (reporting === 'explicit') spans.push({ from: cut.from, to: cut.to, id: typeof manager_id === 'string' ? manager_id : null });
    else if (reporting === 'unit_head' && typeof unit_id === 'string')
      spans.push(...(yield* headsAbove(world, view, unit_id, cut.from, cut.to, [position])));
    else spans.push({ from: cut.from, to: cut.to, id: null });
  }
  return spans;
}

/** The manager on one date, or null. */
export function* managerOn(world: World, view: View, position: string, date: IsoDate): Decision<string | null> {
  const spans = yield* managersOf(world, view, position, date, addDays(date, 1));
  return spans[0]?.id ?? null;
}

/**
 * The layer of a position on a date: 1 for one that reports to nobody; null where it, or somebody above it, is not there, or
 * its line is a loop. `known` remembers layers between calls for the same view and date.
 */
export function* layerOn(
  world: World,
  view: View,
  position: string,
  date: IsoDate,
  known: Map<string, number | null>,
): Decision<number | null> {
  const path: string[] = [];
  let layer: number | null = 0;
  for (let at: string | null = position; at !== null; ) {
    const seen = known.get(at);
    if (seen !== undefined || path.includes(at)) {
      layer = seen ?? null;
      break;
    }
    const manager: string | null = yield* managerOn(world, view, at, date);
    if (!world.active(view, 'position', at, date)) {
      known.set(at, null);
      layer = null;
      break;
    }
    path.push(at);
    at = manager;
  }
  for (const id of path.reverse()) {
    layer = layer === null ? null : layer + 1;
    known.set(id, layer);
  }
  return layer;
}

/** A loop of solid lines that begins and ends at `start`, with the first date on which it holds. */
export function* loopThrough(
  world: World,
  view: View,
  start: string,
  from: IsoDate,
): Decision<{ ids: string[]; date: IsoDate } | undefined> {
  const walk = function* (
    at: string,
    range: { from: IsoDate; to: IsoDate },
    path: string[],
  ): Decision<{ ids: string[]; date: IsoDate } | undefined> {
    for (const span of yield* managersOf(world, view, at, range.from, range.to)) {
      if (span.id === null) continue;
      if (span.id === start) return { ids: path, date: span.from };
      if (path.includes(span.id)) continue;
      const found = yield* walk(span.id, span, [...path, span.id]);
      if (found) return found;
    }
    return undefined;
  };
  return yield* walk(start, { from, to: FOREVER }, [start]);
}
