import type { Code } from '../domain/codes.ts';
import type { Values } from '../domain/entities.ts';
import { stands, type Whole } from './whole-state.ts';

/** Takes one breach. */
export type Tell = (code: Code, id: string, message: string, warn?: true) => void;

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

/** Judges the units: one root, parents and heads in force, no loop. */
export const checkUnits = (whole: Whole, tell: Tell): void => {
  const { org_unit: units, position: positions } = whole;
  const roots: string[] = [];
  for (const [id, unit] of units) {
    if (!stands('org_unit', unit)) continue;
    const parent = unit.parent_id as string | null;
    if (!parent) roots.push(id);
    else if (!stands('org_unit', units.get(parent))) tell('ORPHAN_UNIT', id, `the parent of the unit "${unit.name}" is missing or closed`);
    const head = unit.head_id as string | null;
    if (head && !stands('position', positions.get(head)))
      tell('REFERENCE_UNKNOWN', id, `the head of the unit "${unit.name}" is missing or closed`);
  }
  if (roots.length !== 1) tell('TREE_ROOT', roots[1] ?? '', `the baseline would have ${roots.length} root units`);
  for (const loop of loops(units.keys(), (id) => (units.get(id)?.parent_id as string | null) ?? undefined))
    tell(
      'TREE_CYCLE',
      loop[0] as string,
      `units form a loop: ${[...loop, loop[0]].map((id) => units.get(id as string)?.name).join(' -> ')}`,
    );
};

/** Judges positions: all of them, or those named. */
export const checkPositions = (whole: Whole, tell: Tell, only?: Iterable<string>): void => {
  const { org_unit: units, position: positions } = whole;
  const manager = (id: string): string | undefined => {
    const position = positions.get(id);
    if (!position || !stands('position', position)) return undefined;
    if (position.reporting === 'explicit') return (position.manager_id as string | null) ?? undefined;
    if (position.reporting !== 'unit_head') return undefined;
    let unit = units.get(position.unit_id as string);
    for (let steps = 0; unit && steps <= units.size; steps++) {
      const head = unit.head_id as string | null;
      if (head && head !== id && stands('position', positions.get(head))) return head;
      unit = unit.parent_id ? units.get(unit.parent_id as string) : undefined;
    }
    return undefined;
  };
  for (const id of only ?? positions.keys()) {
    const position = positions.get(id) as Values;
    if (!stands('position', position)) continue;
    if (!stands('org_unit', units.get(position.unit_id as string)))
      tell('POSITION_UNIT', id, `the unit of "${position.title}" is missing or closed`);
    if (position.reporting === 'explicit' && !stands('position', positions.get(position.manager_id as string)))
      tell('REPORTS_TARGET', id, `the manager of "${position.title}" is missing or closed`);
  }
  for (const loop of loops(only ?? positions.keys(), manager))
    tell(
      'REPORTS_CYCLE',
      loop[0] as string,
      `positions report in a loop: ${[...loop, loop[0]].map((id) => `"${positions.get(id as string)?.title}"`).join(' -> ')}`,
    );
};
