import { addDays, type IsoDate } from './dates.ts';
import type { ImpactDelta } from './impact.ts';
import { askBelow, askFollowers, type BelowQuestion, type HandedDown, type Heads, type Pair } from './line-questions.ts';
import { handedDown, headsAbove, layerOn, leadOn, nobody } from './reporting.ts';
import type { Touch, View, World } from './working-set.ts';
import { type Decision, due, type Need } from './world.ts';

type LineChanges = Pick<ImpactDelta, 'spans' | 'layers' | 'layer_shifts'>;
/** Where a position stands: its manager in force and its layer. */
type Place = { lead: string | null; layer: number | null };

const views = ['before', 'after'] as const;

function* pair<T>(of: (view: View) => Decision<T>): Decision<Pair<T>> {
  return { before: yield* of('before'), after: yield* of('after') };
}

/** Adds up who gets another manager or another layer. */
class Shifts {
  readonly #spans = new Map<string, number>();
  readonly #layers = new Map<string, { before: number | null; after: number | null; positions: number }>();

  add(positions: number, { before, after }: Pair<Place>): void {
    if (before.lead !== after.lead)
      for (const [lead, n] of [[before.lead, -positions] as const, [after.lead, positions] as const])
        if (lead !== null) this.#spans.set(lead, (this.#spans.get(lead) ?? 0) + n);
    if (before.layer === after.layer) return;
    const key = `${before.layer}/${after.layer}`;
    const shift = this.#layers.get(key) ?? { before: before.layer, after: after.layer, positions: 0 };
    this.#layers.set(key, { ...shift, positions: shift.positions + positions });
  }

  get spans(): ImpactDelta['spans'] {
    return [...this.#spans]
      .filter(([, n]) => n !== 0)
      .map(([position_id, delta]) => ({ position_id, delta }))
      .sort((a, b) => (a.position_id < b.position_id ? -1 : 1));
  }

  get layers(): ImpactDelta['layer_shifts'] {
    return [...this.#layers.values()].sort((a, b) => (a.before ?? 0) - (b.before ?? 0) || (a.after ?? 0) - (b.after ?? 0));
  }
}

/** The two heads above a unit that its members can report to. */
function* headsOf(world: World, view: View, unit: string, date: IsoDate): Decision<Heads> {
  const next = addDays(date, 1);
  const first = (yield* headsAbove(world, view, unit, date, next, []))[0]?.id ?? null;
  return { first, second: first === null ? null : ((yield* headsAbove(world, view, unit, date, next, [first]))[0]?.id ?? null) };
}

/** The units whose heads the plan may change by itself: theirs, their parent, or a head that closes or comes back. */
function* unitsOf(world: World, date: IsoDate, own: readonly Touch[]): Decision<BelowQuestion['units'][number][]> {
  const there = (view: View, id: string) => world.active(view, 'position', id, date) !== undefined;
  const turned = own.filter((t) => !t.fresh && there('before', t.id) !== there('after', t.id)).map((t) => t.id);
  yield* world.load(turned.map((id): Need => ({ need: 'referrers', kind: 'org_unit', field: 'head_id', id })));
  const ids = new Set([
    ...world
      .touched('org_unit', 'parent_id', 'head_id')
      .filter((t) => !t.fresh)
      .map((t) => t.id),
    ...turned.flatMap((id) => world.referrers('org_unit', 'head_id', id)),
  ]);
  const units: BelowQuestion['units'][number][] = [];
  for (const id of ids) units.push({ id, ...(yield* pair((view) => headsOf(world, view, id, date))) });
  return units;
}

const same = ({ before, after }: Pair<HandedDown>): boolean => before.depth === after.depth && before.lead === after.lead;

/**
 * Exactly what the plan does to spans and layers on a date: what it touches is looked at one by one; who only follows another
 * head, and everybody below, is counted where the branch is kept and never loaded.
 */
export function* lineChanges(world: World, date: IsoDate): Decision<LineChanges> {
  const own = world.touched('position', 'reporting', 'manager_id', 'unit_id', 'status');
  // Where no line, head or parent changes, no layer does, and no chain is loaded to find that out.
  if (own.length === 0 && world.touched('org_unit', 'parent_id', 'head_id').length === 0)
    return { spans: [], layers: [], layer_shifts: [] };
  const known = { before: new Map<string, HandedDown>(), after: new Map<string, HandedDown>() };
  const handed = (id: string | null) =>
    pair<HandedDown>(function* (view) {
      return id === null ? nobody : yield* handedDown(world, view, id, date, known[view]);
    });
  const place = function* (view: View, id: string): Decision<Place> {
    return {
      lead: yield* leadOn(world, view, id, date, known[view]),
      layer: yield* layerOn(world, view, id, date, known[view]),
    };
  };

  const shifts = new Shifts();
  const starts: BelowQuestion['starts'][number][] = [];
  for (const [i, { id, fresh }] of own.entries()) {
    if (due(i)) yield [];
    shifts.add(1, yield* pair((view) => place(view, id)));
    const down = yield* handed(id);
    const heads = views.every((view) => world.active(view, 'position', id, date));
    if (!fresh && !same(down)) starts.push({ id, heads, ...down });
  }
  const units = yield* unitsOf(world, date, own);
  const lines = { date, except: own.map((t) => t.id), units };
  const moved = units.some(({ before, after }) => before.first !== after.first || before.second !== after.second);
  const followers: BelowQuestion['followers'][number][] = [];
  for (const managers of moved ? yield* askFollowers(lines) : []) {
    const before = yield* handed(managers.before);
    const after = yield* handed(managers.after);
    followers.push({ managers, handed: { before: before.before, after: after.after } });
  }
  if (starts.length + followers.length > 0)
    for (const { positions, ...places } of yield* askBelow({ ...lines, starts, followers })) shifts.add(positions, places);

  const layers: ImpactDelta['layers'] = [];
  for (const [i, { id }] of world.touched('position').entries()) {
    if (due(i)) yield [];
    const { before, after } = yield* pair((view) => layerOn(world, view, id, date, known[view]));
    if (before !== after) layers.push({ position_id: id, before, after });
  }
  layers.sort((a, b) => (a.position_id < b.position_id ? -1 : 1));
  return { spans: shifts.spans, layers, layer_shifts: shifts.layers };
}

/** How many direct reports some managers have as recorded, on a date; those without one are absent. */
export function* reportsBefore(world: World, managers: readonly string[], date: IsoDate): Decision<Map<string, number>> {
  // As if each of them handed down nobody: who would lose a manager then is a direct report now.
  const starts = managers
    .filter((id) => world.active('before', 'position', id, date))
    .map((id) => ({ id, heads: true, before: { depth: 0, lead: id }, after: { depth: 0, lead: null } }));
  const found = new Map<string, number>();
  if (starts.length === 0) return found;
  for (const { before, positions } of yield* askBelow({ date, except: [], units: [], starts, followers: [] }))
    if (before.lead !== null) found.set(before.lead, (found.get(before.lead) ?? 0) + positions);
  return found;
}
