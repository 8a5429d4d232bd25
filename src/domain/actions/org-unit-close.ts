import { z } from 'zod';
import type { ChangeName } from '../changes.ts';
import { refuse } from '../codes.ts';
import type { Values } from '../entities.ts';
import { type Decision, due, type Need } from '../world.ts';
import { action, closingTarget, common, idOrRef, redirectArrivals, referringOn, replaceLater, type Step, target } from './action.ts';
import { closeReason, releaseHolder } from './position-close.ts';

/** Everything that can sit in a unit, on any date. */
const contents = (id: string): Need[] => [
  { need: 'referrers', kind: 'org_unit', field: 'parent_id', id },
  { need: 'referrers', kind: 'position', field: 'unit_id', id },
  { need: 'referrers', kind: 'placement', field: 'unit_id', id },
];

/** Moves what is in the unit on the date to another one; reporting lines that go through unit heads follow. */
function* reparent(step: Step, unit: string, to: string): Decision<void> {
  const { world, effective_on: date } = step;
  const move = function* (type: ChangeName, ids: readonly string[], values: Values): Decision<void> {
    for (const [i, id] of ids.entries()) {
      if (due(i)) yield [];
      step.set(type, id, values);
    }
  };
  yield* move('OrgUnitMoved', referringOn(world, 'org_unit', 'parent_id', unit, date), { parent_id: to });
  yield* move('PositionMoved', referringOn(world, 'position', 'unit_id', unit, date), { unit_id: to });
  yield* move('PlacementUpdated', referringOn(world, 'placement', 'unit_id', unit, date), { unit_id: to });
  redirectArrivals(step, 'org_unit', 'parent_id', unit, () => ['OrgUnitMoved', { parent_id: to }]);
  redirectArrivals(step, 'position', 'unit_id', unit, () => ['PositionMoved', { unit_id: to }]);
  redirectArrivals(step, 'placement', 'unit_id', unit, () => ['PlacementUpdated', { unit_id: to }]);
}

/** Closes the unit's whole subtree: placements end, positions and units close, the lowest first. */
function* cascade(step: Step, unit: string, reason: string): Decision<void> {
  const { world, effective_on: date } = step;
  yield* world.load([{ need: 'subtree', id: unit }]);
  const found = new Set([unit]);
  for (const u of found) for (const child of referringOn(world, 'org_unit', 'parent_id', u, date)) found.add(child);
  const units = [...found];
  yield* world.load(units.flatMap(contents));
  const seats = units.flatMap((u) => referringOn(world, 'position', 'unit_id', u, date));
  yield* world.load(
    seats.flatMap((id): Need[] => [
      { need: 'referrers', kind: 'placement', field: 'position_id', id },
      { need: 'referrers', kind: 'position', field: 'manager_id', id },
      { need: 'referrers', kind: 'org_unit', field: 'head_id', id },
    ]),
  );
  const placements = new Set([
    ...seats.flatMap((id) => referringOn(world, 'placement', 'position_id', id, date)),
    ...units.flatMap((id) => referringOn(world, 'placement', 'unit_id', id, date)),
  ]);
  const actors = new Set([...placements].map((id) => String(world.on('after', 'placement', id, date)?.actor_id)));
  yield* world.load([...actors].map((id): Need => ({ need: 'referrers', kind: 'placement', field: 'actor_id', id })));
  for (const [i, id] of [...placements].entries()) {
    if (due(i)) yield [];
    yield* releaseHolder(step, id, reason);
  }
  for (const [i, id] of seats.entries()) {
    if (due(i)) yield [];
    step.set('PositionClosed', id, { close_reason: reason });
  }
  for (const id of units.reverse()) step.set('OrgUnitClosed', id);
}

export const closeUnit = action({
  type: 'org_unit.close',
  title: 'Close a unit',
  doc:
    'Closes a unit from a date on. mode "reparent" moves its child units, positions and placements to new_parent_id; mode "cascade" closes the whole subtree, ' +
    'closes its positions and ends its placements. What arrives in the unit after the closing date is named and must be moved first; with reparent, later: "replace" sends it to new_parent_id too.',
  schema: z.strictObject({
    ...common('org_unit.close'),
    ...replaceLater,
    org_unit_id: idOrRef,
    mode: z.enum(['reparent', 'cascade']).optional(),
    new_parent_id: idOrRef.optional().describe('with mode "reparent": where everything in the unit goes'),
    reason: closeReason.default('not_needed').describe('with mode "cascade": why its positions close'),
  }),
  example: {
    type: 'org_unit.close',
    org_unit_id: '0190f6a2-0000-7000-8000-000000000003',
    mode: 'reparent',
    new_parent_id: '0190f6a2-0000-7000-8000-000000000001',
    effective_on: '2026-10-01',
  },
  abilities: ['org-units.read', 'positions.read', 'placements.read'],
  *decide(input, step) {
    const { org_unit_id: id, mode, new_parent_id: to } = input;
    const unit = yield* closingTarget(step, 'org_unit', id);
    if (!unit) return {};
    const name = step.world.name('org_unit', id, step.effective_on);
    if (unit.parent_id === null)
      throw refuse('TREE_ROOT', `${name} is the root and does not close`, { ids: [id], dates: [step.effective_on] });
    if (mode === undefined || (mode === 'reparent') !== (to !== undefined))
      throw refuse('CLOSE_UNIT', `${name} closes only with mode "cascade", or mode "reparent" and new_parent_id`, {
        ids: [id],
        dates: [step.effective_on],
      });
    yield* step.world.load(contents(id));
    if (to === undefined) yield* cascade(step, id, input.reason);
    else {
      if (to === id) throw refuse('TREE_CYCLE', `${name} cannot take over its own contents`, { ids: [id, id] });
      yield* target(step, 'org_unit', to, 'ORPHAN_UNIT');
      yield* reparent(step, id, to);
      step.set('OrgUnitClosed', id);
    }
    return {};
  },
});
