import type { Code } from '../domain/codes.ts';
import { FewNumbers, Numbers } from './numbers.ts';
import { shownLoop } from './shown-loop.ts';
import { EXPLICIT, IN_FORCE, UNDER_HEAD, type WholeState } from './whole-state.ts';

/** The name or title of a thing on the date of a breach. */
export type NameOf = (thing: number) => string | undefined;

/** Takes one breach. `thing` is -1 where it is told of none; `names` are the things whose names the message holds, found when it is needed. */
export type Tell = (code: Code, thing: number, names: readonly number[], message: (name: NameOf) => string, warn?: true) => void;

const members = function* (list: { length: number; at(i: number): number }): Generator<number> {
  for (let i = 0; i < list.length; i++) yield list.at(i);
};

/** Every loop in which the walk upward comes back to itself; each thing is walked once. */
const loops = (things: Iterable<number>, up: (thing: number) => number, walked: Numbers<Int32Array> | FewNumbers): number[][] => {
  const found: number[][] = [];
  let walk = 0;
  for (const start of things) {
    if (walked.at(start) !== 0) continue;
    walk += 1;
    let thing = start;
    while (thing >= 0 && walked.at(thing) === 0) {
      walked.set(thing, walk);
      thing = up(thing);
    }
    if (thing < 0 || walked.at(thing) !== walk) continue;
    const loop = [thing];
    for (let next = up(thing); next !== thing; next = up(next)) loop.push(next);
    found.push(loop);
  }
  return found;
};

/** Judges the units: one root, parents and heads in force, no loop. */
export const checkUnits = (state: WholeState, tell: Tell): void => {
  const { org_unit: units } = state.order;
  const roots: number[] = [];
  for (const unit of members(units)) {
    if (!state.stands('org_unit', unit)) continue;
    const parent = state.a.at(unit) - 1;
    if (parent < 0) roots.push(unit);
    else if (!state.stands('org_unit', parent))
      tell('ORPHAN_UNIT', unit, [unit], (name) => `the parent of the unit "${name(unit)}" is missing or closed`);
    const head = state.b.at(unit) - 1;
    if (head >= 0 && !state.stands('position', head))
      tell('REFERENCE_UNKNOWN', unit, [unit], (name) => `the head of the unit "${name(unit)}" is missing or closed`);
  }
  if (roots.length !== 1) tell('TREE_ROOT', roots[1] ?? -1, [], () => `the baseline would have ${roots.length} root units`);
  for (const loop of loops(members(units), (unit) => state.a.at(unit) - 1, new Numbers(Int32Array)))
    tell('TREE_CYCLE', loop[0] as number, loop, (name) => `units form a loop: ${shownLoop(loop, name)}`);
};

/** Judges positions: all of them, or those named. */
export const checkPositions = (state: WholeState, tell: Tell, only?: readonly number[]): void => {
  const { position: positions, org_unit: units } = state.order;
  const all = () => only ?? members(positions);
  const manager = (position: number): number => {
    if (!state.stands('position', position)) return -1;
    const flags = state.flags.at(position);
    if (flags & EXPLICIT) return state.b.at(position) - 1;
    if (!(flags & UNDER_HEAD)) return -1;
    let unit = state.a.at(position) - 1;
    for (let steps = 0; unit >= 0 && steps <= units.length; steps++) {
      const head = state.b.at(unit) - 1;
      if (head >= 0 && head !== position && state.stands('position', head)) return head;
      unit = state.a.at(unit) - 1;
    }
    return -1;
  };
  for (const position of all()) {
    const flags = state.flags.at(position);
    if (!(flags & IN_FORCE)) continue;
    if (!state.stands('org_unit', state.a.at(position) - 1))
      tell('POSITION_UNIT', position, [position], (name) => `the unit of "${name(position)}" is missing or closed`);
    if (flags & EXPLICIT && !state.stands('position', state.b.at(position) - 1))
      tell('REPORTS_TARGET', position, [position], (name) => `the manager of "${name(position)}" is missing or closed`);
  }
  for (const loop of loops(all(), manager, only ? new FewNumbers() : new Numbers(Int32Array)))
    tell(
      'REPORTS_CYCLE',
      loop[0] as number,
      loop,
      (name) => `positions report in a loop: ${shownLoop(loop, (position) => `"${name(position)}"`)}`,
    );
};
