import { z } from 'zod';
import { refuse } from '../codes.ts';
import { payBases } from '../entities.ts';
import type { Decision } from '../world.ts';
import { action, common, decimalInput, freshId, idOrRef, referringOn, replaceLater, type Step, target } from './action.ts';
import { currencyText } from './position.ts';

/**
 * The timeline that holds the actor's pay: the one named, else the one in force on the date, else one the actor had or will have,
 * so that a pay is never counted beside another by mistake. Undefined when the actor has none. Pays must be loaded.
 */
function* payOf(step: Step, actor: string, named: string | undefined): Decision<string | undefined> {
  const { world, effective_on: date } = step;
  const all = world.referrers('compensation', 'actor_id', actor);
  if (named !== undefined) {
    yield* world.load([{ need: 'thing', kind: 'compensation', id: named }]);
    if (world.versions('after', 'compensation', named).length > 0 && !all.includes(named))
      throw refuse('ID_UNIQUE', `the id ${named} is in use for another actor's pay`, { ids: [named] });
    return all.includes(named) ? named : undefined;
  }
  const now = referringOn(world, 'compensation', 'actor_id', actor, date);
  if (now.length > 1)
    throw refuse('INPUT_INVALID', `${world.name('actor', actor, date)} has ${now.length} pays on ${date}`, {
      ids: now,
      dates: [date],
      wayOut: 'Name the one to set as compensation_id.',
    });
  return now[0] ?? all[0];
}

export const setCompensation = action({
  type: 'compensation.set',
  title: 'Set the pay of an actor',
  doc:
    'Sets what an actor is paid for 1.0 FTE: a year, a day or an hour. Basis and currency stay as they are when they are left out. Actual cost follows the allocation of its placements; ' +
    'the target pay of a seat is set with position.set_pay.',
  schema: z.strictObject({
    ...common('compensation.set'),
    ...replaceLater,
    actor_id: idOrRef,
    amount: decimalInput,
    basis: z.enum(payBases).optional(),
    currency: currencyText.optional(),
    compensation_id: idOrRef.optional().describe('which pay of the actor, where it has several; or the id to give to a new one'),
  }),
  example: {
    type: 'compensation.set',
    actor_id: '0190f6a2-0000-7000-8000-000000000020',
    amount: '64000.00',
    currency: 'GBP',
    effective_on: '2026-04-01',
  },
  abilities: ['actors.read', 'costs.read'],
  *decide(input, step) {
    const { actor_id, amount } = input;
    const { world, effective_on: date } = step;
    yield* target(step, 'actor', actor_id);
    yield* world.load([{ need: 'referrers', kind: 'compensation', field: 'actor_id', id: actor_id }]);
    const there = yield* payOf(step, actor_id, input.compensation_id);
    const id = there ?? (yield* freshId(step, input.compensation_id));
    const old = world.on('after', 'compensation', id, date);
    step.set('CompensationSet', id, {
      actor_id,
      amount,
      basis: input.basis ?? old?.basis ?? 'annual',
      currency: input.currency ?? old?.currency ?? step.ctx.settings.currency,
    });
    return { ids: [id], resolved: { compensation_id: id } };
  },
});
