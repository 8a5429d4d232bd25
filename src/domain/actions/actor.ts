import { z } from 'zod';
import { employmentTypes } from '../entities.ts';
import { action, common, decimalInput, freshId, given, newIdText, shortText } from './action.ts';

const personalText = z.string().trim().min(1).max(500).nullable().optional();

export const addActor = action({
  type: 'actor.add',
  title: 'Add an actor',
  doc:
    'Adds a human (a planned hire, or a placeholder when no personal field is given), a robot or an AI agent. external_uid is the durable identity of the actor, never an e-mail; ' +
    'it is made from the id when left out. Personal fields are kept apart and can be erased. Place the actor with placement.start.',
  schema: z.strictObject({
    ...common('actor.add'),
    kind: z.enum(['human', 'robot', 'ai_agent']).default('human'),
    external_uid: z.string().trim().min(1).max(200).optional(),
    contract_fte: decimalInput.default('1'),
    employment_type: z.enum(employmentTypes).optional().describe('permanent for a human when left out'),
    country: shortText,
    personal: z.strictObject({ name: personalText, email: personalText, birth_date: personalText, gender: personalText }).optional(),
    actor_id: newIdText,
  }),
  example: { type: 'actor.add', kind: 'human', contract_fte: '0.8', country: 'DE', personal: { name: 'Planned hire' }, ref: 'hire' },
  abilities: ['actors.read'],
  *decide(input, step) {
    const id = yield* freshId(step, 'actor', input.actor_id);
    const { kind, contract_fte, country, personal } = input;
    const employment_type = input.employment_type ?? (kind === 'human' ? 'permanent' : undefined);
    const external_uid = input.external_uid ?? `planned-${id}`;
    const kept = personal ? Object.fromEntries(Object.entries(personal).filter(([, v]) => v !== undefined)) : {};
    step.set(
      'ActorAdded',
      id,
      given({ kind, external_uid, contract_fte, employment_type, country }),
      Object.keys(kept).length > 0 ? { personal: kept } : {},
    );
    return { ids: [id], resolved: { actor_id: id } };
  },
});
