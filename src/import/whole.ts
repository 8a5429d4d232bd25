import type { Change } from '../domain/changes.ts';
import type { Code } from '../domain/codes.ts';
import type { BaselineView } from './baseline.ts';
import { Numbers } from './numbers.ts';
import { checkPositions, checkUnits, type NameOf, type Tell } from './whole-checks.ts';
import { checkPlacements } from './whole-placements.ts';
import { IN_FORCE, type Judged, type Touched, WholeState } from './whole-state.ts';

/** A breach of an invariant in the baseline as it would be. `line` is that of the change that touches the thing, 0 where none does. */
export interface Breach {
  code: Code;
  id: string;
  line: number;
  date: string;
  message: string;
  warn?: true;
}

/** The placements of every actor, and on every position, for the things that change on later dates. Grows as they move. */
class PlacementIndex {
  readonly #state: WholeState;
  /** By owner the last entry and 1; an entry is a placement and the entry before it. */
  readonly #last = new Numbers(Int32Array);
  readonly #placement = new Numbers(Int32Array);
  readonly #before = new Numbers(Int32Array);

  constructor(state: WholeState) {
    this.#state = state;
    const { placement } = state.order;
    for (let i = 0; i < placement.length; i++) this.#put(placement.at(i));
  }

  /** Takes a placement again that may have moved. */
  add(placement: number): void {
    this.#put(placement, true);
  }

  #put(placement: number, again = false): void {
    for (const owner of [this.#state.a.at(placement) - 1, this.#state.c.at(placement) - 1]) {
      if (owner < 0 || (again && this.of(owner).includes(placement))) continue;
      this.#before.push(this.#last.at(owner));
      this.#placement.push(placement);
      this.#last.set(owner, this.#placement.length);
    }
  }

  of(owner: number): number[] {
    const found: number[] = [];
    for (let i = this.#last.at(owner); i > 0; i = this.#before.at(i - 1)) found.push(this.#placement.at(i - 1));
    return found.reverse();
  }
}

/** True where others may be hurt by what changes: a unit's place or head, or something that is no longer in force. */
const concernsAll = (state: WholeState, touched: readonly Touched[]): boolean =>
  touched.some(({ thing, kind, before }) => {
    const gone = kind !== 'placement' && (before.flags & IN_FORCE) !== 0 && !state.stands(kind, thing);
    return gone || (kind === 'org_unit' && (before.kind === 0 || before.a !== state.a.at(thing) || before.b !== state.b.at(thing)));
  });

const checkTouched = (state: WholeState, touched: readonly Touched[], index: PlacementIndex, tell: Tell): void => {
  const of = (kind: Judged) => touched.filter((x) => x.kind === kind).map((x) => x.thing);
  checkPositions(state, tell, of('position'));
  const actors = new Set(of('actor'));
  const positions = new Set(of('position'));
  for (const placement of of('placement')) {
    const [actor, position] = [state.a.at(placement) - 1, state.c.at(placement) - 1];
    if (actor >= 0) actors.add(actor);
    if (position >= 0) positions.add(position);
  }
  for (const actor of of('actor'))
    for (const placement of index.of(actor)) if (state.c.at(placement) > 0) positions.add(state.c.at(placement) - 1);
  const things = [...new Set([...actors, ...positions].flatMap((owner) => index.of(owner)))];
  checkPlacements(state, tell, { things, actors, positions });
};

interface Told {
  code: Code;
  thing: number;
  date: string;
  names: readonly number[];
  message: (name: NameOf) => string;
  warn?: true;
}

/** Puts lines and names to what was told, from the view and one walk over the changes. */
const written = (state: WholeState, changes: Iterable<Change>, told: readonly Told[]): Breach[] => {
  if (told.length === 0) return [];
  const { view } = state;
  const lines = new Map(told.map(({ thing }) => [thing, 0]));
  const named = new Map<number, { from: string; name: string }[]>(told.flatMap(({ names }) => names).map((thing) => [thing, []]));
  for (const { id, line, set, effective_from } of changes) {
    const thing = view.ids.find(id);
    if (lines.get(thing) === 0) lines.set(thing, line ?? 0);
    const name = set['title'] ?? set['name'];
    if (typeof name === 'string') named.get(thing)?.push({ from: effective_from, name });
  }
  for (const list of named.values()) list.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  return told.map(({ code, thing, date, message, warn }) => {
    const name: NameOf = (one) => {
      const values = view.at(view.ids.text(one), date);
      return named.get(one)?.findLast((n) => n.from <= date)?.name ?? ((values?.['title'] ?? values?.['name']) as string | undefined);
    };
    return {
      code,
      id: thing < 0 ? '' : view.ids.text(thing),
      line: lines.get(thing) ?? 0,
      date,
      message: message(name),
      ...(warn ? { warn } : {}),
    };
  });
};

/**
 * Checks the invariants over the whole baseline as it would be after the changes, which the state has taken: all of it on the view's first date,
 * then on every date on which anything changes what changes there, or all of it where others may be hurt. Each thing is told once per code and
 * severity.
 */
export const checkState = (state: WholeState, changes: Iterable<Change>): Breach[] => {
  const told = new Map<string, Told>();
  const tellOn =
    (date: string): Tell =>
    (code, thing, names, message, warn) => {
      const key = `${code} ${warn === true} ${thing}`;
      if (!told.has(key)) told.set(key, { code, thing, date, names, message, ...(warn ? { warn } : {}) });
    };
  const all = (date: string) => {
    checkUnits(state, tellOn(date));
    checkPositions(state, tellOn(date));
    checkPlacements(state, tellOn(date));
  };
  all(state.view.from);
  let index: PlacementIndex | undefined;
  for (const date of state.laterDates) {
    const touched = state.step(date);
    index ??= new PlacementIndex(state);
    for (const { thing, kind } of touched) if (kind === 'placement') index.add(thing);
    if (concernsAll(state, touched)) all(date);
    else checkTouched(state, touched, index, tellOn(date));
  }
  return written(state, changes, [...told.values()]);
};

/** The same for changes that stand in a list. */
export const checkWhole = (view: BaselineView, changes: readonly Change[]): Breach[] => {
  const state = new WholeState(view);
  for (const change of changes) state.apply(change);
  return checkState(state, changes);
};
