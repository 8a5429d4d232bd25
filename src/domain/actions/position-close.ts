import { z } from 'zod';
import { addDays } from '../dates.ts';
import { headsAbove, managerOn } from '../reporting.ts';
import type { Decision } from '../world.ts';
import { action, closingTarget, common, idOrRef, redirectArrivals, referringOn, replaceLater, type Step, target } from './action.ts';

export const closeReason = z.enum(['redundancy', 'exit', 'not_needed', 'duplicate']);

/** Ends a placement; where it was the actor's primary one and exactly one other goes on, that one becomes primary. */
export function* releaseHolder(step: Step, placement: string, reason: string | undefined, primary?: string): Decision<void> {
  const { world, effective_on: date } = step;
  yield* world.load([{ need: 'thing', kind: 'placement', id: placement }]);
  const ended = world.active('after', 'placement', placement, date);
  if (!ended) return;
  step.set('PlacementEnded', placement, reason === undefined ? {} : { end_reason: reason });
  if (ended.is_primary !== true) return;
  const actor = String(ended.actor_id);
  yield* world.load([{ need: 'referrers', kind: 'placement', field: 'actor_id', id: actor }]);
  const others = referringOn(world, 'placement', 'actor_id', actor, date);
  if (others.some((id) => world.on('after', 'placement', id, date)?.is_primary === true)) return;
  const next = primary ?? (others.length === 1 ? others[0] : undefined);
  if (next !== undefined) step.set('PlacementUpdated', next, { is_primary: true });
}

/**
 * A seat that is to close when it is vacated closes when its last holder has gone; a seat that backfills it takes its reports
 * and the units it heads.
 */
export function* vacated(step: Step, seat: string): Decision<void> {
  const { world, effective_on: date } = step;
  yield* world.load([
    { need: 'thing', kind: 'position', id: seat },
    { need: 'referrers', kind: 'placement', field: 'position_id', id: seat },
  ]);
  const values = world.active('after', 'position', seat, date);
  if (values?.close_on_vacate !== true || referringOn(world, 'placement', 'position_id', seat, date).length > 0) return;
  yield* loadPointers(step, seat);
  yield* world.load([{ need: 'referrers', kind: 'position', field: 'predecessor_id', id: seat }]);
  const [successor] = referringOn(world, 'position', 'predecessor_id', seat, date);
  if (successor !== undefined) yield* giveReports(step, seat, successor);
  step.set('PositionClosed', seat, { close_reason: 'exit' });
}

/** Loads everything that can rest on a seat, on any date. */
export function* loadPointers(step: Step, seat: string): Decision<void> {
  yield* step.world.load([
    { need: 'referrers', kind: 'placement', field: 'position_id', id: seat },
    { need: 'referrers', kind: 'position', field: 'manager_id', id: seat },
    { need: 'referrers', kind: 'org_unit', field: 'head_id', id: seat },
  ]);
}

/**
 * Gives direct reports to another position (or, with null, to nobody). A unit headed by the seat gets the new manager as head;
 * it is left without one where the nearest head upward is that manager anyway.
 */
export function* giveReports(step: Step, seat: string, to: string | null): Decision<void> {
  const { world, effective_on: date } = step;
  const line = (report: string) =>
    to === null || to === report ? { reporting: 'none', manager_id: null } : { reporting: 'explicit', manager_id: to };
  for (const report of referringOn(world, 'position', 'manager_id', seat, date)) {
    if (world.on('after', 'position', report, date)?.reporting !== 'explicit') continue;
    step.set('PositionManagerSet', report, line(report));
  }
  redirectArrivals(step, 'position', 'manager_id', seat, (id) => ['PositionManagerSet', line(id)]);
  for (const unit of referringOn(world, 'org_unit', 'head_id', seat, date)) {
    const parent = world.on('after', 'org_unit', unit, date)?.parent_id;
    const above = typeof parent === 'string' ? yield* headOn(step, parent, seat) : null;
    step.set('OrgUnitHeadSet', unit, { head_id: above === to ? null : to });
  }
}

/** The nearest head upward from a unit on the action's date, passing over one position. */
export function* headOn(step: Step, unit: string, except?: string): Decision<string | null> {
  const date = step.effective_on;
  const spans = yield* headsAbove(step.world, 'after', unit, date, addDays(date, 1), except === undefined ? [] : [except]);
  return spans[0]?.id ?? null;
}

export const closePosition = action({
  type: 'position.close',
  title: 'Close a position',
  doc:
    'Closes a seat. Its holders: holders "end" ends their placements, {position_id} moves them to another seat. Its direct reports and the units it heads: ' +
    'reports "to_manager" gives them to its own manager, {position_id} to another position. A seat with holders or reports is refused without them.',
  schema: z.strictObject({
    ...common('position.close'),
    ...replaceLater,
    position_id: idOrRef,
    reason: closeReason.default('not_needed'),
    holders: z.union([z.literal('end'), z.strictObject({ position_id: idOrRef })]).optional(),
    reports: z.union([z.literal('to_manager'), z.strictObject({ position_id: idOrRef })]).optional(),
  }),
  example: {
    type: 'position.close',
    position_id: '0190f6a2-0000-7000-8000-000000000010',
    reason: 'redundancy',
    holders: 'end',
    reports: 'to_manager',
  },
  abilities: ['positions.read', 'placements.read'],
  *decide(input, step) {
    const { position_id: seat, reason, holders, reports } = input;
    const { world, effective_on: date } = step;
    if (!(yield* closingTarget(step, 'position', seat))) return {};
    yield* loadPointers(step, seat);
    const placements = referringOn(world, 'placement', 'position_id', seat, date);
    if (holders === 'end') for (const id of placements) yield* releaseHolder(step, id, reason);
    else if (holders) {
      const to = yield* target(step, 'position', holders.position_id, 'CLOSED_TARGET');
      const there = { position_id: holders.position_id, unit_id: to.unit_id ?? null };
      for (const id of placements) step.set('PlacementUpdated', id, there);
      redirectArrivals(step, 'placement', 'position_id', seat, () => ['PlacementUpdated', there]);
    }
    if (reports === 'to_manager') yield* giveReports(step, seat, yield* managerOn(world, 'after', seat, date));
    else if (reports) {
      yield* target(step, 'position', reports.position_id, 'REPORTS_TARGET');
      yield* giveReports(step, seat, reports.position_id);
    }
    step.set('PositionClosed', seat, { close_reason: reason });
    return {};
  },
});
