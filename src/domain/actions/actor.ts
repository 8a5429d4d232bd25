import { z } from 'zod';
import { refuse } from '../codes.ts';
import { employmentTypes } from '../entities.ts';
import { lineText } from '../text.ts';
import { action, common, decimalInput, freshId, given, idOrRef, newIdText, replaceLater, shortText, target } from './action.ts';

const personalText = lineText(500).nullable().optional();
const personal = z.strictObject({ name: personalText, email: personalText, birth_date: personalText, gender: personalText });

/** The personal fields that were given, as a change carries them; null takes one away. */
const kept = (fields: z.output<typeof personal> | undefined) => {
  const said = Object.entries(fields ?? {}).filter(([, v]) => v !== undefined);
  return said.length > 0 ? { personal: Object.fromEntries(said) } : {};
};

export const addActor = action({
  type: 'actor.add',
  title: 'Add an actor',
  doc:
    'Adds a human (a planned hire, or a placeholder when no personal field is given), a robot or an AI agent. external_uid is the durable identity of the actor, never an e-mail; ' +
    'it is made from the id when left out. Personal fields are kept apart, can be erased and ask for actors.personal.read. Place the actor with placement.start.',
  schema: z.strictObject({
    ...common('actor.add'),
    kind: z.enum(['human', 'robot', 'ai_agent']).default('human'),
    external_uid: lineText(200).optional(),
    contract_fte: decimalInput.default('1'),
    employment_type: z.enum(employmentTypes).optional().describe('permanent for a human when left out'),
    country: shortText,
    personal: personal.optional(),
    actor_id: newIdText,
  }),
  example: { type: 'actor.add', kind: 'human', contract_fte: '0.8', country: 'DE', personal: { name: 'Planned hire' }, ref: 'hire' },
  abilities: ['actors.read'],
  *decide(input, step) {
    const id = yield* freshId(step, input.actor_id);
    const { kind, contract_fte, country } = input;
    const employment_type = input.employment_type ?? (kind === 'human' ? 'permanent' : undefined);
    const external_uid = input.external_uid ?? `planned-${id}`;
    step.set('ActorAdded', id, given({ kind, external_uid, contract_fte, employment_type, country }), kept(input.personal));
    return { ids: [id], resolved: { actor_id: id } };
  },
});

export const updateActor = action({
  type: 'actor.update',
  title: 'Change an actor',
  doc:
    'Changes contract FTE, employment type or country of an actor, or personal fields, which are kept apart, can be erased and ask for actors.personal.read. What is left out stays; null takes a value away. ' +
    'The external_uid stays: it is the identity.',
  schema: z.strictObject({
    ...common('actor.update'),
    ...replaceLater,
    actor_id: idOrRef,
    contract_fte: decimalInput.optional(),
    employment_type: z.enum(employmentTypes).optional(),
    country: shortText,
    personal: personal.optional(),
  }),
  example: { type: 'actor.update', actor_id: '0190f6a2-0000-7000-8000-000000000020', contract_fte: '0.8', effective_on: '2026-10-01' },
  abilities: ['actors.read'],
  *decide(input, step) {
    const { contract_fte, employment_type, country } = input;
    const values = given({ contract_fte, employment_type, country });
    const more = kept(input.personal);
    if (Object.keys(values).length === 0 && !more.personal) throw refuse('INPUT_INVALID', 'give at least one field to change');
    yield* target(step, 'actor', input.actor_id);
    step.set('ActorUpdated', input.actor_id, values, more);
    return {};
  },
});
