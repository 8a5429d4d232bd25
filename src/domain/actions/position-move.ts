import { z } from 'zod';
import { refuse } from '../codes.ts';
import type { IsoDate } from '../dates.ts';
import { action, common, idOrRef, referringOn, replaceLater, type Step, target } from './action.ts';
import { vacated } from './position-close.ts';

/** Boundaries of a seat and its placements from a date on. */
const datesFrom = (step: Step, seat: string, placements: readonly string[]): IsoDate[] => {
  const starts = [
    ...step.world.versions('after', 'position', seat),
    ...placements.flatMap((id) => step.world.versions('after', 'placement', id)),
  ];
  return [...new Set([step.effective_on, ...starts.map((v) => v.effective_from).filter((d) => d > step.effective_on)])].sort();
};

/** Lets every placement on the seat, present and later ones, follow it to the unit it is in; those that were elsewhere before stay there. */
function follow(step: Step, seat: string): void {
  const { world } = step;
  const placements = world.referrers('placement', 'position_id', seat);
  for (const date of datesFrom(step, seat, placements))
    for (const id of placements) {
      const placed = world.active('after', 'placement', id, date);
      const unit = world.on('after', 'position', seat, date)?.unit_id ?? null;
      if (placed?.position_id !== seat || placed.unit_id === unit) continue;
      const recorded = world.on('before', 'placement', id, date);
      const aside = recorded && recorded.position_id === seat && recorded.unit_id !== world.on('before', 'position', seat, date)?.unit_id;
      if (!aside) step.set('PlacementUpdated', id, { unit_id: unit }, { on: date });
    }
}

export const movePosition = action({
  type: 'position.move',
  title: 'Move a position or its holder',
  doc:
    'Moves a seat to another unit. mode "seat_with_person": the seat and the placements on it. "seat_only": the seat goes, its holders stay in the old unit without ' +
    'a seat. "person_only": the seat stays vacant, its holders go to the unit, on to_position_id where it is given. An explicit manager stays unless another is given.',
  schema: z.strictObject({
    ...common('position.move'),
    ...replaceLater,
    position_id: idOrRef,
    org_unit_id: idOrRef,
    mode: z.enum(['seat_with_person', 'seat_only', 'person_only']).default('seat_with_person'),
    to_position_id: idOrRef.optional().describe('with mode "person_only": the seat the holders take in the new unit'),
    manager_position_id: idOrRef.nullable().optional().describe('another manager for the seat; null: the head of its new unit'),
  }),
  example: {
    type: 'position.move',
    position_id: '0190f6a2-0000-7000-8000-000000000010',
    org_unit_id: '0190f6a2-0000-7000-8000-000000000002',
    mode: 'seat_with_person',
  },
  abilities: ['org-units.read', 'positions.read', 'placements.read'],
  *decide(input, step) {
    const { position_id: seat, org_unit_id: unit, mode, to_position_id: to, manager_position_id: manager } = input;
    const { world, effective_on: date } = step;
    yield* target(step, 'position', seat);
    yield* target(step, 'org_unit', unit, 'POSITION_UNIT');
    if (to !== undefined && mode !== 'person_only') throw refuse('INPUT_INVALID', 'to_position_id goes with mode "person_only"');
    if (manager !== undefined && mode === 'person_only')
      throw refuse('INPUT_INVALID', 'with mode "person_only" the seat and its manager stay');
    yield* world.load([{ need: 'referrers', kind: 'placement', field: 'position_id', id: seat }]);
    const holders = referringOn(world, 'placement', 'position_id', seat, date);
    switch (mode) {
      case 'seat_with_person': {
        step.set('PositionMoved', seat, { unit_id: unit });
        follow(step, seat);
        break;
      }
      case 'seat_only': {
        // A seat that stays where it is keeps its holders; those who come to it later come to the new unit.
        if (!step.set('PositionMoved', seat, { unit_id: unit })) break;
        for (const id of holders) step.set('PlacementUpdated', id, { position_id: null });
        follow(step, seat);
        break;
      }
      case 'person_only': {
        if (to !== undefined) {
          const seatTo = yield* target(step, 'position', to, 'CLOSED_TARGET');
          if (seatTo.unit_id !== unit)
            throw refuse('POSITION_UNIT', 'to_position_id is not in org_unit_id', { ids: [to, unit], dates: [date] });
        }
        for (const id of holders) step.set('PlacementUpdated', id, { position_id: to ?? null, unit_id: unit });
        if (holders.length > 0) yield* vacated(step, seat);
        break;
      }
      default:
        mode satisfies never;
    }
    if (manager !== undefined) {
      if (manager !== null) yield* target(step, 'position', manager, 'REPORTS_TARGET');
      step.set('PositionManagerSet', seat, { reporting: manager === null ? 'unit_head' : 'explicit', manager_id: manager });
    }
    return {};
  },
});
