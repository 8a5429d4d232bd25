import type { Change } from '../domain/changes.ts';
import type { Code } from '../domain/codes.ts';
import type { BaselineView } from './baseline.ts';
import { checkPositions, checkUnits, type Tell } from './whole-checks.ts';
import { checkPlacements } from './whole-placements.ts';
import { type Judged, stands, WholeState } from './whole-state.ts';

/** A breach of an invariant in the baseline as it would be. `line` is that of the change that touches the thing, 0 where none does. */
export interface Breach {
  code: Code;
  id: string;
  line: number;
  date: string;
  message: string;
  warn?: true;
}

const links = ['parent_id', 'head_id'] as const;

/** The placements of every actor, and on every position, for the things that change on later dates. Grows as they move. */
class PlacementIndex {
  readonly #by = new Map<string, Set<string>>();
  readonly #state: WholeState;

  constructor(state: WholeState) {
    this.#state = state;
    for (const id of state.whole.placement.keys()) this.add(id);
  }

  add(id: string): void {
    const placement = this.#state.whole.placement.get(id);
    for (const owner of [placement?.actor_id, placement?.position_id])
      if (typeof owner === 'string') (this.#by.get(owner) ?? (this.#by.set(owner, new Set()).get(owner) as Set<string>)).add(id);
  }

  of(owner: string): ReadonlySet<string> {
    return this.#by.get(owner) ?? new Set();
  }
}

type Touched = ReturnType<WholeState['step']>;

/** True where others may be hurt by what changes: a unit's place or head, or something that is no longer in force. */
const concernsAll = (state: WholeState, touched: Touched): boolean =>
  touched.some(({ id, kind, before }) => {
    const now = state.whole[kind].get(id);
    const gone = kind !== 'placement' && stands(kind, before) && !stands(kind, now);
    return gone || (kind === 'org_unit' && (before === undefined || links.some((f) => (before[f] ?? null) !== (now?.[f] ?? null))));
  });

const checkTouched = (state: WholeState, touched: Touched, index: PlacementIndex, tell: Tell): void => {
  const of = (kind: Judged) => touched.filter((x) => x.kind === kind).map((x) => x.id);
  for (const id of of('placement')) index.add(id);
  checkPositions(state.whole, tell, of('position'));
  const actors = new Set(of('actor'));
  const positions = new Set(of('position'));
  for (const id of of('placement')) {
    const { actor_id, position_id } = state.whole.placement.get(id) ?? {};
    if (typeof actor_id === 'string') actors.add(actor_id);
    if (typeof position_id === 'string') positions.add(position_id);
  }
  for (const actor of of('actor'))
    for (const id of index.of(actor)) {
      const position = state.whole.placement.get(id)?.position_id;
      if (typeof position === 'string') positions.add(position);
    }
  const ids = new Set([...actors, ...positions].flatMap((owner) => [...index.of(owner)]));
  checkPlacements(state.whole, tell, { ids, actors, positions });
};

/**
 * Checks the invariants over the whole baseline as it would be after the changes: all of it on the view's first date, then on every date on which
 * anything changes what changes there, or all of it where others may be hurt. Each thing is told once per code and severity.
 */
export const checkWhole = (view: BaselineView, changes: readonly Change[]): Breach[] => {
  const told = new Map<string, Breach>();
  const tellOn =
    (date: string): Tell =>
    (code, id, message, warn) => {
      const key = `${code} ${warn === true} ${id}`;
      if (!told.has(key)) told.set(key, { code, id, line: 0, date, message, ...(warn ? { warn } : {}) });
    };
  const state = new WholeState(view, changes);
  const all = (date: string) => {
    checkUnits(state.whole, tellOn(date));
    checkPositions(state.whole, tellOn(date));
    checkPlacements(state.whole, tellOn(date));
  };
  all(view.from);
  let index: PlacementIndex | undefined;
  for (const date of state.laterDates) {
    const touched = state.step(date);
    index ??= new PlacementIndex(state);
    for (const { id, kind } of touched) if (kind === 'placement') index.add(id);
    if (concernsAll(state, touched)) all(date);
    else checkTouched(state, touched, index, tellOn(date));
  }
  // Lines are looked up for what was told alone: an import may have millions of changes.
  const lines = new Map([...told.values()].map((b) => [b.id, 0]));
  for (const change of changes) if (lines.get(change.id) === 0) lines.set(change.id, change.line ?? 0);
  return [...told.values()].map((b) => ({ ...b, line: lines.get(b.id) ?? 0 }));
};
