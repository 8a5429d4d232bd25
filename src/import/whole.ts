import type { Change } from '../domain/changes.ts';
import type { Code } from '../domain/codes.ts';
import { Decimal, fteText } from '../domain/decimal.ts';
import { kindOf } from '../domain/changes.ts';
import { inForce, type Kind, type Values } from '../domain/entities.ts';
import type { BaselineView } from './baseline.ts';

/** A breach of an invariant in the baseline as it would be. `line` is that of the change that touches the thing, 0 where none does. */
export interface Breach {
  code: Code;
  id: string;
  line: number;
  date: string;
  message: string;
  warn?: true;
}

type Whole = Record<Kind, Map<string, Values>>;

/** The whole baseline on one date with the changes on top. A later-dated value that stands in the baseline wins over a change before it. */
const wholeOn = (view: BaselineView, changes: readonly Change[], date: string): Whole => {
  const whole: Whole = {
    org_unit: new Map(),
    position: new Map(),
    actor: new Map(),
    placement: new Map(),
    compensation: new Map(),
    assumption: new Map(),
  };
  for (const thing of view.things.values()) {
    const values = view.at(thing.id, date);
    if (values) whole[thing.kind].set(thing.id, values);
  }
  const own = new Set<string>();
  // By date, and in their order on one date: as the timelines fold.
  const inOrder =
    date === view.from
      ? changes
      : [...changes].sort((a, b) => (a.effective_from < b.effective_from ? -1 : a.effective_from > b.effective_from ? 1 : 0));
  for (const change of inOrder) {
    if (change.effective_from > date) continue;
    const map = whole[kindOf(change)];
    const before = map.get(change.id);
    const set = { ...change.set };
    if (before && !change.replace_later && view.laterChange(change.id, change.effective_from, Object.keys(set)))
      for (const field of Object.keys(set)) {
        const at = view.laterChange(change.id, change.effective_from, [field]);
        if (at && at <= date) delete set[field];
      }
    // Rows of the view are shared with the caller: the first change of a thing takes a copy.
    if (!before) map.set(change.id, set);
    else if (own.has(change.id)) Object.assign(before, set);
    else map.set(change.id, { ...before, ...set });
    own.add(change.id);
  }
  return whole;
};

const stands = (kind: Kind, values: Values | undefined): boolean =>
  values !== undefined && inForce[kind].includes(values['status'] as string);

/** Every id from which the walk upward comes back to itself; each id is walked once. */
const loops = (ids: Iterable<string>, up: (id: string) => string | undefined): string[][] => {
  const walked = new Map<string, string>();
  const found: string[][] = [];
  for (const start of ids) {
    const path: string[] = [];
    let id: string | undefined = start;
    while (id !== undefined && !walked.has(id)) {
      walked.set(id, start);
      path.push(id);
      id = up(id);
    }
    if (id !== undefined && walked.get(id) === start && path.includes(id)) found.push(path.slice(path.indexOf(id)));
  }
  return found;
};

const checkUnits = (whole: Whole, tell: (code: Code, id: string, message: string) => void): void => {
  const { org_unit: units, position: positions } = whole;
  const roots: string[] = [];
  for (const [id, unit] of units) {
    if (!stands('org_unit', unit)) continue;
    const parent = unit['parent_id'] as string | null;
    if (!parent) roots.push(id);
    else if (!stands('org_unit', units.get(parent)))
      tell('ORPHAN_UNIT', id, `the parent of the unit "${unit['name']}" is missing or closed`);
    const head = unit['head_id'] as string | null;
    if (head && !stands('position', positions.get(head)))
      tell('REFERENCE_UNKNOWN', id, `the head of the unit "${unit['name']}" is missing or closed`);
  }
  if (roots.length !== 1) tell('TREE_ROOT', roots[1] ?? '', `the baseline would have ${roots.length} root units`);
  for (const loop of loops(units.keys(), (id) => (units.get(id)?.['parent_id'] as string | null) ?? undefined))
    tell(
      'TREE_CYCLE',
      loop[0] as string,
      `units form a loop: ${[...loop, loop[0]].map((id) => units.get(id as string)?.['name']).join(' -> ')}`,
    );
};

const checkPositions = (whole: Whole, tell: (code: Code, id: string, message: string) => void): void => {
  const { org_unit: units, position: positions } = whole;
  const manager = (id: string): string | undefined => {
    const position = positions.get(id);
    if (!position || !stands('position', position)) return undefined;
    if (position['reporting'] === 'explicit') return (position['manager_id'] as string | null) ?? undefined;
    if (position['reporting'] !== 'unit_head') return undefined;
    let unit = units.get(position['unit_id'] as string);
    for (let steps = 0; unit && steps <= units.size; steps++) {
      const head = unit['head_id'] as string | null;
      if (head && head !== id && stands('position', positions.get(head))) return head;
      unit = unit['parent_id'] ? units.get(unit['parent_id'] as string) : undefined;
    }
    return undefined;
  };
  for (const [id, position] of positions) {
    if (!stands('position', position)) continue;
    if (!stands('org_unit', units.get(position['unit_id'] as string)))
      tell('POSITION_UNIT', id, `the unit of "${position['title']}" is missing or closed`);
    if (position['reporting'] === 'explicit' && !stands('position', positions.get(position['manager_id'] as string)))
      tell('REPORTS_TARGET', id, `the manager of "${position['title']}" is missing or closed`);
  }
  for (const loop of loops(positions.keys(), manager))
    tell(
      'REPORTS_CYCLE',
      loop[0] as string,
      `positions report in a loop: ${[...loop, loop[0]].map((id) => `"${positions.get(id as string)?.['title']}"`).join(' -> ')}`,
    );
};

const checkPlacements = (whole: Whole, tell: (code: Code, id: string, message: string, warn?: true) => void): void => {
  const { org_unit: units, position: positions, actor: actors, placement: placements } = whole;
  const ofActor = new Map<string, { primary: number; allocation: Decimal; id: string }>();
  const onPosition = new Map<string, Decimal>();
  const hundred = new Decimal(100);
  for (const [id, placement] of placements) {
    if (!stands('placement', placement)) continue;
    const actor = actors.get(placement['actor_id'] as string);
    if (!stands('actor', actor)) tell('REFERENCE_UNKNOWN', id, 'the actor of a placement is missing or has left');
    if (!stands('org_unit', units.get(placement['unit_id'] as string)))
      tell('CLOSED_TARGET', id, 'the unit of a placement is missing or closed');
    const position = placement['position_id'] as string | null;
    if (position && !stands('position', positions.get(position)))
      tell('CLOSE_OCCUPIED', id, `the position "${positions.get(position)?.['title'] ?? ''}" is closed and held`);
    const allocation = new Decimal(placement['allocation'] as string);
    const sum = ofActor.get(placement['actor_id'] as string) ?? { primary: 0, allocation: new Decimal(0), id };
    sum.primary += placement['is_primary'] ? 1 : 0;
    sum.allocation = sum.allocation.plus(allocation);
    ofActor.set(placement['actor_id'] as string, sum);
    if (position)
      onPosition.set(
        position,
        (onPosition.get(position) ?? new Decimal(0)).plus(
          new Decimal((actor?.['contract_fte'] as string | null | undefined) ?? '0').times(allocation).div(hundred),
        ),
      );
  }
  for (const { primary, allocation, id } of ofActor.values()) {
    if (primary !== 1) tell('PRIMARY', id, `an actor would have ${primary} primary placements`);
    if (allocation.greaterThan(300)) tell('ACTOR_FTE', id, `an actor would be allocated ${fteText(allocation)} %`);
    else if (allocation.greaterThan(hundred)) tell('ACTOR_FTE', id, `an actor is allocated ${fteText(allocation)} %`, true);
  }
  for (const [id, placed] of onPosition) {
    const capacity = positions.get(id)?.['capacity_fte'] as string | null | undefined;
    if (capacity != null && placed.greaterThan(capacity))
      tell('FTE_CAPACITY', id, `${fteText(placed)} FTE sit on a capacity of ${fteText(capacity)}`, true);
  }
};

/**
 * Checks the invariants over the whole baseline as it would be after the changes, with set-based functions, from the view's beginning on, on every
 * date on which anything changes. Each thing is told once per code and severity.
 */
export const checkWhole = (view: BaselineView, changes: readonly Change[]): Breach[] => {
  const dates = new Set<string>([view.from]);
  for (const change of changes) if (change.effective_from > view.from) dates.add(change.effective_from);
  for (const thing of view.things.values()) for (const v of thing.versions) if (v.effective_from > view.from) dates.add(v.effective_from);
  const lines = new Map<string, number>();
  for (const change of changes) if (!lines.has(change.id)) lines.set(change.id, change.line ?? 0);
  const told = new Map<string, Breach>();
  for (const date of [...dates].sort()) {
    const whole = wholeOn(view, changes, date);
    const tell = (code: Code, id: string, message: string, warn?: true) => {
      const key = `${code} ${warn === true} ${id}`;
      if (!told.has(key)) told.set(key, { code, id, line: lines.get(id) ?? 0, date, message, ...(warn ? { warn } : {}) });
    };
    checkUnits(whole, tell);
    checkPositions(whole, tell);
    checkPlacements(whole, tell);
  }
  return [...told.values()];
};
