import { z } from 'zod';
import { dateText } from '../changes.ts';
import { refuse } from '../codes.ts';
import { FOREVER, type IsoDate } from '../dates.ts';
import { inForce } from '../entities.ts';
import { lineText } from '../text.ts';
import { action, common, decimalInput, freshId, idOrRef, newIdText, referringOn, replaceLater, type Step, target } from './action.ts';
import { releaseHolder, vacated } from './position-close.ts';

const actorExample = '0190f6a2-0000-7000-8000-000000000020';
const positionExample = '0190f6a2-0000-7000-8000-000000000010';

/** True when the actor has a primary placement on some day of the range. Its placements must be loaded. */
const hasPrimary = (step: Step, actor: string, from: IsoDate, to: IsoDate): boolean =>
  step.world
    .referrers('placement', 'actor_id', actor)
    .some((id) =>
      step.world
        .versions('after', 'placement', id)
        .some(
          (v) =>
            v.effective_from < to &&
            v.effective_to > from &&
            v.values.actor_id === actor &&
            v.values.is_primary === true &&
            inForce.placement.includes(String(v.values.status)),
        ),
    );

export const startPlacement = action({
  type: 'placement.start',
  title: 'Place an actor',
  doc:
    "Places an actor on a position, or in a unit without a position. Allocation is percent of the actor's contract: 100 on a position, 0 in a unit alone when left out. " +
    'It is primary when the actor has no other primary placement on those dates. ends_on is the first day it no longer holds.',
  schema: z.strictObject({
    ...common('placement.start'),
    actor_id: idOrRef,
    position_id: idOrRef.optional(),
    org_unit_id: idOrRef.optional().describe('the unit of the position when left out'),
    allocation: decimalInput.optional(),
    is_primary: z.boolean().optional(),
    role: z.enum(['lead', 'member']).default('member'),
    ends_on: dateText.optional(),
    placement_id: newIdText,
  }),
  example: { type: 'placement.start', actor_id: actorExample, position_id: positionExample, allocation: '100', effective_on: '2026-09-01' },
  abilities: ['actors.read', 'positions.read', 'placements.read', 'org-units.read'],
  *decide(input, step) {
    const { actor_id, position_id, ends_on, role } = input;
    const { world, effective_on: date } = step;
    yield* target(step, 'actor', actor_id);
    if (position_id === undefined && input.org_unit_id === undefined) throw refuse('INPUT_INVALID', 'give position_id or org_unit_id');
    const seat = position_id === undefined ? undefined : yield* target(step, 'position', position_id);
    const unit = input.org_unit_id ?? String(seat?.unit_id);
    yield* target(step, 'org_unit', unit);
    if (seat && seat.unit_id !== unit)
      throw refuse('POSITION_UNIT', `position ${world.name('position', String(position_id), date)} is not in the unit named`, {
        ids: [String(position_id), unit],
        dates: [date],
      });
    if (ends_on !== undefined && ends_on <= date)
      throw refuse('DATE_ORDER', `a placement that starts on ${date} cannot end on ${ends_on}`, { dates: [date, ends_on] });
    yield* world.load([{ need: 'referrers', kind: 'placement', field: 'actor_id', id: actor_id }]);
    const allocation = input.allocation ?? (seat ? '100' : '0');
    const there = referringOn(world, 'placement', 'actor_id', actor_id, date).find((id) => {
      const held = world.on('after', 'placement', id, date);
      return (held?.position_id ?? null) === (position_id ?? null) && held?.unit_id === unit;
    });
    if (there !== undefined && input.placement_id === undefined) {
      if (Number(world.on('after', 'placement', there, date)?.allocation) !== Number(allocation))
        throw refuse('INPUT_INVALID', 'the actor is placed there already, with another allocation', {
          ids: [there],
          dates: [date],
          wayOut: 'End that placement first.',
        });
      return { ids: [there] };
    }
    const id = yield* freshId(step, input.placement_id);
    const is_primary = input.is_primary ?? !hasPrimary(step, actor_id, date, ends_on ?? FOREVER);
    step.set('PlacementStarted', id, { actor_id, unit_id: unit, position_id: position_id ?? null, allocation, is_primary, role });
    if (ends_on !== undefined) step.set('PlacementEnded', id, {}, { on: ends_on });
    return { ids: [id], resolved: { placement_id: id } };
  },
});

export const endPlacement = action({
  type: 'placement.end',
  title: 'End a placement',
  doc:
    'Ends a placement; effective_on is the first day it no longer holds. Where it was primary and exactly one other goes on, that one becomes primary; ' +
    'of several, name it as primary_placement_id. A seat that closes when vacated closes with its last holder.',
  schema: z.strictObject({
    ...common('placement.end'),
    ...replaceLater,
    placement_id: idOrRef,
    reason: lineText(500).optional(),
    primary_placement_id: idOrRef.optional(),
  }),
  example: { type: 'placement.end', placement_id: '0190f6a2-0000-7000-8000-000000000030', effective_on: '2026-12-01' },
  abilities: ['placements.read'],
  *decide(input, step) {
    const { placement_id: id, primary_placement_id: primary } = input;
    const { world, effective_on: date } = step;
    yield* world.load([{ need: 'thing', kind: 'placement', id }]);
    if (world.on('after', 'placement', id, date)?.status === 'ended') return {};
    const placed = yield* target(step, 'placement', id);
    const start = world.versions('after', 'placement', id)[0]?.effective_from;
    if (start === date)
      throw refuse('DATE_ORDER', `the placement starts on ${start}; it ends on a later day`, { ids: [id], dates: [date] });
    if (primary !== undefined) yield* target(step, 'placement', primary);
    yield* releaseHolder(step, id, input.reason, primary);
    if (typeof placed.position_id === 'string') yield* vacated(step, placed.position_id);
    return {};
  },
});
