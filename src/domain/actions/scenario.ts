import { z } from 'zod';
import { refuse } from '../codes.ts';
import { kinds } from '../entities.ts';
import { change } from '../changes.ts';
import { action, common, idOrRef } from './action.ts';

export const revertChange = action({
  type: 'scenario.revert_change',
  title: 'Take back confirmed changes of this scenario',
  doc:
    'Takes the changes that one event of this scenario made to the things named out of force, as if they had not been made; what stood before shows through again. ' +
    'event_position is the position of the confirm, as audit.events tells it. Changes of the baseline cannot be taken back.',
  schema: z.strictObject({
    type: common('scenario.revert_change').type,
    ref: common('scenario.revert_change').ref,
    event_position: z.int().min(1),
    things: z
      .array(z.strictObject({ kind: z.enum(kinds), id: idOrRef }))
      .min(1)
      .max(1000),
  }),
  example: {
    type: 'scenario.revert_change',
    event_position: 412,
    things: [{ kind: 'position', id: '0190f6a2-0000-7000-8000-000000000010' }],
  },
  abilities: ['scenarios.read'],
  *decide(input, step) {
    const { world } = step;
    yield* world.load(input.things.map(({ kind, id }) => ({ need: 'thing' as const, kind, id })));
    const reverts = [];
    const dates: string[] = [];
    for (const { kind, id } of input.things) {
      const made = world.standing(kind, id).filter((e) => e.scenario === step.ctx.scenario && e.position === input.event_position);
      if (made.length === 0)
        throw refuse(
          'REFERENCE_UNKNOWN',
          `event ${input.event_position} made no change of ${kind} ${id} in this scenario that is in force`,
          { ids: [id], wayOut: 'Read event_position and what it changed with audit.events of this scenario.' },
        );
      for (const entry of made) {
        reverts.push({ kind, id, position: entry.position, index: entry.index });
        dates.push(entry.effective_from);
      }
    }
    const first = input.things[0] as { id: string };
    world.revert(change('ChangesReverted', first.id, dates.sort()[0] as string, {}, { reverts }));
    return {};
  },
});
