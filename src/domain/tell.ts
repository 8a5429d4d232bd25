import { references } from './entities.ts';
import { sentence } from './sentences.ts';
import type { World } from './working-set.ts';
import { type Decision, due, type Need } from './world.ts';

/** The actors by which placements and pay that are taken back are called. */
const owners = (world: World): Need[] =>
  world.changes.flatMap((c) =>
    (c.reverts ?? []).flatMap(({ kind, id }): Need[] => {
      const actor = world.versions('before', kind, id)[0]?.values.actor_id;
      return typeof actor === 'string' ? [{ need: 'thing', kind: 'actor', id: actor }] : [];
    }),
  );

/**
 * Writes the sentence of every planned change, once everything is planned: a sentence names things by what they are called with
 * the plan, and what a change leaves behind (the old parent, unit or manager) by its name too, which is loaded where it was not.
 */
export function* tellChanges(world: World): Decision<void> {
  const needs = world.changes.flatMap((c): Need[] =>
    references(c.kind).flatMap(([field, kind]) =>
      [c.before[field], c.set[field]].flatMap((id): Need[] =>
        typeof id === 'string' && !world.known(kind, id) ? [{ need: 'thing', kind, id }] : [],
      ),
    ),
  );
  yield* world.load(needs);
  yield* world.load(owners(world));
  for (const [i, change] of world.changes.entries()) {
    if (due(i)) yield [];
    change.sentence = sentence(change, change.before, (kind, id) => world.name(kind, id, change.effective_from));
  }
}
