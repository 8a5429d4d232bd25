import { type Finding, finding } from '../codes.ts';
import type { Decision, Need } from '../world.ts';
import { type Invariant, inTurns } from './invariant.ts';

/** ID_UNIQUE of people: an external uid is one actor's, whoever else was added since the plan was made. */
export const oneActorPerUid: Invariant = function* (world, view): Decision<Finding[]> {
  const named = world.touched('actor', 'external_uid').flatMap(({ id, from }) => {
    const uid = world.versions(view, 'actor', id).at(-1)?.values.external_uid;
    return typeof uid === 'string' ? [{ id, from, uid }] : [];
  });
  yield* world.load(named.map(({ uid }): Need => ({ need: 'by_value', kind: 'actor', field: 'external_uid', value: uid })));
  return yield* inTurns(named, ({ id, from, uid }) => {
    const others = world
      .holding('actor', 'external_uid', uid)
      .filter((other) => other !== id && world.versions(view, 'actor', other).some((v) => v.values.external_uid === uid));
    if (others.length === 0) return [];
    return [
      finding('ID_UNIQUE', `an actor with the external_uid ${JSON.stringify(uid)} is there already`, {
        ids: others,
        dates: [from],
        wayOut: 'Place the actor that is there, or give another external_uid.',
      }),
    ];
  });
};
