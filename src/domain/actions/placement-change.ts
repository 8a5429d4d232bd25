import { z } from 'zod';
import { refuse } from '../codes.ts';
import type { Values } from '../entities.ts';
import type { Decision } from '../world.ts';
import { action, common, decimalInput, idOrRef, referringOn, replaceLater, type Step, target } from './action.ts';
import { vacated } from './position-close.ts';

const placementExample = '0190f6a2-0000-7000-8000-000000000030';

/** Moves a placement to a place; the seat it leaves closes when it is to close with its last holder. */
function* transfer(step: Step, placement: string, from: Values, to: { unit_id: string; position_id: string | null }): Decision<void> {
  if (!step.set('PlacementTransferred', placement, to)) return;
  if (typeof from.position_id === 'string' && from.position_id !== to.position_id) yield* vacated(step, from.position_id);
}

export const transferPlacement = action({
  type: 'placement.transfer',
  title: 'Transfer a placement',
  doc:
    'Moves the holder of a placement to another seat (position_id), or to a unit without a seat (org_unit_id). Allocation, role and primary flag stay. ' +
    'A seat that closes when vacated closes when its last holder leaves it.',
  schema: z.strictObject({
    ...common('placement.transfer'),
    ...replaceLater,
    placement_id: idOrRef,
    position_id: idOrRef.optional(),
    org_unit_id: idOrRef.optional().describe('the unit of the position when left out'),
  }),
  example: {
    type: 'placement.transfer',
    placement_id: placementExample,
    position_id: '0190f6a2-0000-7000-8000-000000000010',
    effective_on: '2026-09-01',
  },
  abilities: ['placements.read', 'positions.read', 'org-units.read'],
  *decide(input, step) {
    const { placement_id: id, position_id } = input;
    if (position_id === undefined && input.org_unit_id === undefined) throw refuse('INPUT_INVALID', 'give position_id or org_unit_id');
    const placed = yield* target(step, 'placement', id);
    const seat = position_id === undefined ? undefined : yield* target(step, 'position', position_id);
    const unit = input.org_unit_id ?? String(seat?.unit_id);
    yield* target(step, 'org_unit', unit);
    if (seat && seat.unit_id !== unit)
      throw refuse(
        'POSITION_UNIT',
        `position ${step.world.name('position', String(position_id), step.effective_on)} is not in the unit named`,
        {
          ids: [String(position_id), unit],
          dates: [step.effective_on],
        },
      );
    yield* transfer(step, id, placed, { unit_id: unit, position_id: position_id ?? null });
    return {};
  },
});

export const changeAllocation = action({
  type: 'placement.change_allocation',
  title: 'Change an allocation',
  doc: "Sets the allocation of a placement, in percent of the actor's contract (0 to 300).",
  schema: z.strictObject({
    ...common('placement.change_allocation'),
    ...replaceLater,
    placement_id: idOrRef,
    allocation: decimalInput,
  }),
  example: { type: 'placement.change_allocation', placement_id: placementExample, allocation: '60', effective_on: '2026-09-01' },
  abilities: ['placements.read'],
  *decide(input, step) {
    yield* target(step, 'placement', input.placement_id);
    step.set('PlacementAllocationChanged', input.placement_id, { allocation: input.allocation });
    return {};
  },
});

export const setPrimary = action({
  type: 'placement.set_primary',
  title: 'Make a placement the primary one',
  doc: "Makes a placement the actor's primary one from a date on; the one that was primary is not any more. It must go on at least as long as the actor's others.",
  schema: z.strictObject({ ...common('placement.set_primary'), ...replaceLater, placement_id: idOrRef }),
  example: { type: 'placement.set_primary', placement_id: placementExample, effective_on: '2026-09-01' },
  abilities: ['placements.read'],
  *decide(input, step) {
    const { placement_id: id } = input;
    const { world, effective_on: date } = step;
    const placed = yield* target(step, 'placement', id);
    const actor = String(placed.actor_id);
    yield* world.load([{ need: 'referrers', kind: 'placement', field: 'actor_id', id: actor }]);
    step.set('PlacementPrimarySet', id, { is_primary: true });
    for (const other of referringOn(world, 'placement', 'actor_id', actor, date))
      if (other !== id) step.set('PlacementPrimarySet', other, { is_primary: false });
    return {};
  },
});

export const swapPlacements = action({
  type: 'placement.swap',
  title: 'Swap two placements',
  doc: 'Lets the holders of two placements change places: each takes the seat and the unit of the other. Allocation, role and primary flag stay with the person. Twice puts both back.',
  schema: z.strictObject({ ...common('placement.swap'), ...replaceLater, placement_id: idOrRef, other_placement_id: idOrRef }),
  example: {
    type: 'placement.swap',
    placement_id: placementExample,
    other_placement_id: '0190f6a2-0000-7000-8000-000000000031',
    effective_on: '2026-09-01',
  },
  abilities: ['placements.read', 'positions.read'],
  *decide(input, step) {
    const { placement_id: id, other_placement_id: other } = input;
    if (id === other) throw refuse('INPUT_INVALID', 'a placement does not swap with itself', { ids: [id] });
    const one = yield* target(step, 'placement', id);
    const two = yield* target(step, 'placement', other);
    const place = (of: Values) => ({ unit_id: of.unit_id ?? null, position_id: of.position_id ?? null });
    step.set('PlacementTransferred', id, place(two));
    step.set('PlacementTransferred', other, place(one));
    return {};
  },
});
