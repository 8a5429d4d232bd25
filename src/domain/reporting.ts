import { addDays, earlier, FOREVER, type IsoDate, later } from './dates.ts';
import type { Values } from './entities.ts';
import { isActive } from './invariants/invariant.ts';
import type { HandedDown } from './line-questions.ts';
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

/** Stretches of a range on which a position is in force, and those between. */
const inForceWithin = (world: World, view: View, position: string, from: IsoDate, to: IsoDate) => {
  const parts: { from: IsoDate; to: IsoDate; there: boolean }[] = [];
  let open = from;
  for (const cut of within(world, view, 'position', position, from, to)) {
    if (!isActive('position', cut.values)) continue;
    if (open < cut.from) parts.push({ from: open, to: cut.from, there: false });
    parts.push({ from: cut.from, to: cut.to, there: true });
    open = cut.to;
  }
  if (open < to) parts.push({ from: open, to, there: false });
  return parts;
};

/**
 * The nearest head upward from a unit, the unit included, that is in force and not one of `except`; by date. A head that is
 * closed, or not there yet, is no head. Loads units and heads as it meets them.
 */
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
    const head = typeof head_id === 'string' && !except.includes(head_id) ? head_id : null;
    if (head !== null && !world.known('position', head)) yield* world.load([{ need: 'thing', kind: 'position', id: head }]);
    const parts = head === null ? [{ ...cut, there: false }] : inForceWithin(world, view, head, cut.from, cut.to);
    for (const part of parts)
      if (part.there) spans.push({ from: part.from, to: part.to, id: head });
      else if (typeof parent_id === 'string' && !passed.includes(parent_id) && parent_id !== unit)
        spans.push(...(yield* headsAbove(world, view, parent_id, part.from, part.to, except, [...passed, unit])));
      else spans.push({ from: part.from, to: part.to, id: null });
  }
  return spans;
}

/**
 * The solid line of a position by date, for the dates on which it is there: the manager that is set explicitly, in force or
 * not, or the nearest head upward. A closed position keeps its line, since it passes its reports on. The same definition as
 * the read model's SQL (projections/queries/layers.ts). Loads the chain as it meets it.
 */
export function* managersOf(world: World, view: View, position: string, from: IsoDate, to: IsoDate = FOREVER): Decision<Span[]> {
  if (!world.known('position', position))
    yield* world.load([
      { need: 'reporting_chain', id: position },
      { need: 'thing', kind: 'position', id: position },
    ]);
  const spans: Span[] = [];
  for (const cut of within(world, view, 'position', position, from, to)) {
    const { reporting, manager_id, unit_id } = cut.values;
    if (reporting === 'explicit') spans.push({ from: cut.from, to: cut.to, id: typeof manager_id === 'string' ? manager_id : null });
    else if (reporting === 'unit_head' && typeof unit_id === 'string')
      spans.push(...(yield* headsAbove(world, view, unit_id, cut.from, cut.to, [position])));
    else spans.push({ from: cut.from, to: cut.to, id: null });
  }
  return spans;
}

/** The day after a date; the same date is asked about many times in a row. */
const dayAfter = (() => {
  let last: [date: IsoDate, after: IsoDate] | undefined;
  return (date: IsoDate): IsoDate => (last?.[0] === date ? last : (last = [date, addDays(date, 1)]))[1];
})();

/** The manager on one date, or null. */
export function* managerOn(world: World, view: View, position: string, date: IsoDate): Decision<string | null> {
  const spans = yield* managersOf(world, view, position, date, dayAfter(date));
  return spans[0]?.id ?? null;
}

/** What hangs on nobody: the root begins here. */
export const nobody: HandedDown = { depth: 0, lead: null };

/**
 * What a position hands down on a date: the number of positions in force on its line, itself included, and the nearest manager in
 * force. A closed manager hands down what it gets and stands in no layer; one that is not there on the date ends the line.
 * `known` remembers what stands above between calls for the same view and date.
 */
export function* handedDown(
  world: World,
  view: View,
  position: string,
  date: IsoDate,
  known: Map<string, HandedDown>,
): Decision<HandedDown> {
  const path = new Set<string>();
  let handed = nobody;
  for (let at: string | null = position; at !== null; ) {
    const seen = known.get(at);
    if (seen !== undefined) {
      handed = seen;
      break;
    }
    if (path.has(at)) {
      // A loop: nobody in it has a layer, and a closed one passes on to the next in force around it.
      const loop = [...path].slice([...path].indexOf(at));
      handed = { depth: null, lead: loop.find((id) => world.active(view, 'position', id, date)) ?? null };
      break;
    }
    const manager: string | null = yield* managerOn(world, view, at, date);
    if (!world.on(view, 'position', at, date)) break;
    path.add(at);
    at = manager;
  }
  for (const id of [...path].reverse()) {
    if (world.active(view, 'position', id, date)) handed = { depth: handed.depth === null ? null : handed.depth + 1, lead: id };
    known.set(id, handed);
  }
  return handed;
}

/** The layer of a position on a date; null where the position is not in force or its line is a loop. */
export function* layerOn(
  world: World,
  view: View,
  position: string,
  date: IsoDate,
  known: Map<string, HandedDown>,
): Decision<number | null> {
  const { depth } = yield* handedDown(world, view, position, date, known);
  return world.active(view, 'position', position, date) ? depth : null;
}

/** Whose direct report a position is on a date: the nearest manager in force up its line, or nobody; of closed positions nobody's. */
export function* leadOn(
  world: World,
  view: View,
  position: string,
  date: IsoDate,
  known: Map<string, HandedDown>,
): Decision<string | null> {
  const manager = yield* managerOn(world, view, position, date);
  if (manager === null || !world.active(view, 'position', position, date)) return null;
  return (yield* handedDown(world, view, manager, date, known)).lead;
}

/** The first date of a range on which one of the positions is in force. */
const firstInForce = (world: World, view: View, ids: readonly string[], from: IsoDate, to: IsoDate): IsoDate | undefined =>
  ids
    .flatMap((id) => inForceWithin(world, view, id, from, to))
    .filter((part) => part.there)
    .map((part) => part.from)
    .sort()[0];

/** A loop of solid lines, with the first date on which it holds for somebody in force. */
export interface Loop {
  ids: string[];
  date: IsoDate;
}

/**
 * The loops of solid lines that begin and end at `start`, each once with its first date: one that was there before must not hide
 * another that is new. A loop may lead through closed positions, which pass their reports on.
 */
export function* loopsThrough(world: World, view: View, start: string, from: IsoDate): Decision<Loop[]> {
  const loops = new Map<string, Loop>();
  const walk = function* (at: string, range: { from: IsoDate; to: IsoDate }, path: string[]): Decision<void> {
    for (const span of yield* managersOf(world, view, at, range.from, range.to)) {
      if (span.id === null) continue;
      if (span.id !== start) {
        if (!path.includes(span.id)) yield* walk(span.id, span, [...path, span.id]);
        continue;
      }
      const date = firstInForce(world, view, path, span.from, span.to);
      const key = path.join();
      const found = loops.get(key);
      if (date !== undefined && (!found || date < found.date)) loops.set(key, { ids: path, date });
    }
  };
  yield* walk(start, { from, to: FOREVER }, [start]);
  return [...loops.values()];
}
