import { z } from 'zod';
import { lineText } from '../text.ts';
import type { Need } from '../world.ts';
import { action, closingTarget, common, idOrRef, referringOn, replaceLater } from './action.ts';
import { vacated } from './position-close.ts';

export const exitActor = action({
  type: 'actor.exit',
  title: 'Let an actor leave',
  doc:
    'Records that an actor leaves; effective_on is the first day it is not there any more. Its placements and its pay end on that day, and seats that close when vacated close. ' +
    'Other seats stay vacant: close them with position.close or fill them with placement.start. What would begin for the actor later is named and must be taken back first.',
  schema: z.strictObject({
    ...common('actor.exit'),
    ...replaceLater,
    actor_id: idOrRef,
    reason: lineText(500).optional(),
  }),
  example: { type: 'actor.exit', actor_id: '0190f6a2-0000-7000-8000-000000000020', reason: 'retirement', effective_on: '2026-12-01' },
  abilities: ['actors.read', 'placements.read', 'positions.read'],
  *decide(input, step) {
    const { actor_id: actor, reason } = input;
    const { world, effective_on: date } = step;
    if (!(yield* closingTarget(step, 'actor', actor))) return {};
    yield* world.load(
      (['placement', 'compensation'] as const).map((kind): Need => ({ need: 'referrers', kind, field: 'actor_id', id: actor })),
    );
    const seats: string[] = [];
    for (const id of referringOn(world, 'placement', 'actor_id', actor, date)) {
      const seat = world.on('after', 'placement', id, date)?.position_id;
      step.set('PlacementEnded', id, reason === undefined ? {} : { end_reason: reason });
      if (typeof seat === 'string') seats.push(seat);
    }
    for (const id of referringOn(world, 'compensation', 'actor_id', actor, date)) step.set('CompensationEnded', id);
    step.set('ActorExited', actor, reason === undefined ? {} : { exit_reason: reason });
    for (const seat of new Set(seats)) yield* vacated(step, seat);
    return {};
  },
});
