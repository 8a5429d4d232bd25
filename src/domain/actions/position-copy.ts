import { z } from 'zod';
import { refuse } from '../codes.ts';
import { FOREVER, type IsoDate, later } from '../dates.ts';
import { inForce, type Values } from '../entities.ts';
import { managerOn } from '../reporting.ts';
import type { Decision } from '../world.ts';
import { action, common, freshId, idOrRef, nameText, newIdText, type Step, stepOf, target, targetInAnyState } from './action.ts';
import { giveReports, headOn, loadPointers } from './position-close.ts';

const positionExample = '0190f6a2-0000-7000-8000-000000000010';

const copied = [
  'title',
  'unit_id',
  'job_family',
  'grade',
  'location',
  'country',
  'capacity_fte',
  'employment_type',
  'pay_amount',
  'pay_basis',
  'pay_currency',
] as const;

/** What a copy of a seat takes over; what the seat does not have is left unsaid. */
const copyOf = (seat: Values): Values =>
  Object.fromEntries(copied.flatMap((f) => (seat[f] === null || seat[f] === undefined ? [] : [[f, seat[f]]])));

/** The line of a copy: it reports where the seat does, by name where "the head of the unit" would be somebody else for it. */
function* lineOf(step: Step, id: string, seat: Values): Decision<Values> {
  const { reporting, manager_id, unit_id } = seat;
  if (reporting === 'explicit') return { reporting, manager_id: manager_id ?? null };
  if (reporting !== 'unit_head') return { reporting: 'none' };
  const manager = yield* managerOn(step.world, 'after', id, step.effective_on);
  if (manager === (yield* headOn(step, String(unit_id)))) return { reporting };
  return manager === null ? { reporting: 'none' } : { reporting: 'explicit', manager_id: manager };
}

export const duplicatePosition = action({
  type: 'position.duplicate',
  title: 'Duplicate a position',
  doc:
    'Creates `count` seats like one that is there: same title (or the one given), unit, manager, grade, place, capacity, employment type, target pay and status. ' +
    'Holders, reports and headed units stay with the original. "$ref" is the first copy, "$ref#2" the second.',
  schema: z.strictObject({
    ...common('position.duplicate'),
    position_id: idOrRef,
    count: z.int().min(1).max(1000).default(1),
    title: nameText.optional(),
    position_ids: z.array(newIdText.unwrap()).min(1).max(1000).optional().describe('ids to give, one for each copy; made when left out'),
  }),
  example: { type: 'position.duplicate', position_id: positionExample, count: 2, effective_on: '2026-09-01' },
  abilities: ['org-units.read', 'positions.read'],
  *decide(input, step) {
    const { position_id, count, title, position_ids } = input;
    const seat = yield* target(step, 'position', position_id);
    if (position_ids && position_ids.length !== count)
      throw refuse('INPUT_INVALID', `position_ids has ${position_ids.length} ids for ${count} positions`);
    const line = yield* lineOf(step, position_id, seat);
    const values: Values = {
      ...copyOf(seat),
      ...line,
      status: seat.status ?? 'open',
      ...(seat.close_on_vacate === true ? { close_on_vacate: true } : {}),
      ...(title === undefined ? {} : { title }),
    };
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const id = yield* freshId(step, position_ids?.[i]);
      step.set('PositionCreated', id, values);
      ids.push(id);
    }
    return { ids, resolved: { position_ids: ids } };
  },
});

/** The first date from which nobody is placed on the seat any more; FOREVER when somebody stays. Its placements must be loaded. */
const vacantFrom = (step: Step, seat: string): IsoDate =>
  step.world
    .referrers('placement', 'position_id', seat)
    .flatMap((id) => step.world.versions('after', 'placement', id))
    .filter((v) => v.values.position_id === seat && inForce.placement.includes(String(v.values.status)))
    .reduce((last, v) => later(last, v.effective_to), step.effective_on);

/** Another seat that is there for this one, on the date or later. Successors must be loaded. */
const successorOf = (step: Step, seat: string): string | undefined =>
  step.world
    .referrers('position', 'predecessor_id', seat)
    .find((id) =>
      step.world
        .versions('after', 'position', id)
        .some(
          (v) =>
            v.effective_to > step.effective_on && v.values.predecessor_id === seat && inForce.position.includes(String(v.values.status)),
        ),
    );

/** Closes the seat on the date from which nobody holds it, or lets it close with its last holder: two seats must not stay for one. */
function* makeWay(step: Step, seat: string, successor: string): Decision<void> {
  const { world } = step;
  if (!world.active('after', 'position', seat, step.effective_on)) return;
  const vacant = vacantFrom(step, seat);
  if (vacant === FOREVER) {
    step.set('PositionClosingOnVacate', seat, { close_on_vacate: true });
    return;
  }
  const then = stepOf(world, { effective_on: vacant });
  if (!world.active('after', 'position', seat, vacant)) return;
  yield* loadPointers(then, seat);
  yield* giveReports(then, seat, successor);
  then.set('PositionClosed', seat, { close_reason: 'exit' });
}

export const backfillPosition = action({
  type: 'position.backfill',
  title: 'Backfill a position',
  doc:
    'Creates one seat in place of another, like it and with it as predecessor. A seat is not counted twice: the old one closes from the date on which nobody holds it any more, and its reports ' +
    'and headed units go to the new one; while somebody stays, both stand (the handover) and the old one closes with its last holder. A seat that is backfilled already is left as it is.',
  schema: z.strictObject({
    ...common('position.backfill'),
    position_id: idOrRef,
    title: nameText.optional(),
    status: z.enum(['planned', 'open']).default('open'),
    new_position_id: newIdText,
  }),
  example: { type: 'position.backfill', position_id: positionExample, effective_on: '2026-11-01', ref: 'successor' },
  abilities: ['org-units.read', 'positions.read', 'placements.read'],
  *decide(input, step) {
    const { position_id, title, status, new_position_id } = input;
    const { world, effective_on: date } = step;
    const seat = yield* targetInAnyState(step, 'position', position_id);
    yield* world.load([
      { need: 'referrers', kind: 'position', field: 'predecessor_id', id: position_id },
      { need: 'referrers', kind: 'placement', field: 'position_id', id: position_id },
    ]);
    const there = successorOf(step, position_id);
    if (there !== undefined) {
      if (new_position_id === undefined || new_position_id === there) return { ids: [there], resolved: { new_position_id: there } };
      throw refuse('INPUT_INVALID', `position ${world.name('position', position_id, date)} is backfilled already`, {
        ids: [position_id, there],
        dates: [date],
        wayOut: 'Use the seat that is there, or duplicate it with position.duplicate.',
      });
    }
    const id = yield* freshId(step, new_position_id);
    // The seat that takes over at once takes the line as it is written; beside its predecessor it needs the same manager by name.
    const { reporting, manager_id } = seat;
    const atOnce = !world.active('after', 'position', position_id, date) || vacantFrom(step, position_id) === date;
    const line = atOnce
      ? { reporting: reporting ?? 'none', ...(reporting === 'explicit' ? { manager_id: manager_id ?? null } : {}) }
      : yield* lineOf(step, position_id, seat);
    step.set('PositionCreated', id, {
      ...copyOf(seat),
      ...line,
      status,
      predecessor_id: position_id,
      ...(title === undefined ? {} : { title }),
    });
    yield* makeWay(step, position_id, id);
    return { ids: [id], resolved: { new_position_id: id } };
  },
});
