import { type IsoDate, earlier } from './dates.ts';
import { kinds, references } from './entities.ts';
import { isActive } from './invariants/invariant.ts';
import type { Touch, World } from './working-set.ts';
import { type Decision, due, type Need } from './world.ts';

/** The values a field of a touched thing has, recorded or planned, from its earliest change on. */
export const valuesFrom = (world: World, touch: Touch, field: string): string[] => {
  const values: string[] = [];
  const before = world.versions('before', touch.kind, touch.id);
  const after = world.versions('after', touch.kind, touch.id);
  for (const versions of before === after ? [after] : [before, after])
    for (const v of versions) {
      const value = v.values[field];
      if (v.effective_to > touch.from && typeof value === 'string' && !values.includes(value)) values.push(value);
    }
  return values;
};

const collect = (pairs: Iterable<[string, IsoDate]>): Map<string, IsoDate> => {
  const from = new Map<string, IsoDate>();
  for (const [id, date] of pairs) from.set(id, earlier(from.get(id) ?? date, date));
  return from;
};

/** Actors whose placements, or who themselves, are touched, with the earliest date. */
export const touchedActors = (world: World): Map<string, IsoDate> =>
  collect([
    ...world.touched('actor').map((t): [string, IsoDate] => [t.id, t.from]),
    ...world.touched('placement').flatMap((t) => valuesFrom(world, t, 'actor_id').map((id): [string, IsoDate] => [id, t.from])),
    ...world.touched('compensation').flatMap((t) => valuesFrom(world, t, 'actor_id').map((id): [string, IsoDate] => [id, t.from])),
  ]);

/** Seats whose capacity or placed FTE may change, with the earliest date. */
export const touchedSeats = (world: World): Map<string, IsoDate> =>
  collect([
    ...world.touched('position', 'capacity_fte', 'status').map((t): [string, IsoDate] => [t.id, t.from]),
    ...world.touched('placement').flatMap((t) => valuesFrom(world, t, 'position_id').map((id): [string, IsoDate] => [id, t.from])),
    ...world
      .touched('actor', 'contract_fte', 'status')
      .flatMap((t) =>
        world
          .referrers('placement', 'actor_id', t.id)
          .flatMap((p) =>
            [...world.versions('before', 'placement', p), ...world.versions('after', 'placement', p)]
              .filter((v) => v.effective_to > t.from && typeof v.values.position_id === 'string')
              .map((v): [string, IsoDate] => [String(v.values.position_id), t.from]),
          ),
      ),
  ]);

/** True when a thing that was there on some date is not there any more with the plan. */
const leaves = (world: World, touch: Touch): boolean =>
  touch.fields.has('status') &&
  world
    .versions('before', touch.kind, touch.id)
    .some(
      (v) =>
        v.effective_to > touch.from &&
        isActive(touch.kind, v.values) &&
        (world.versions('after', touch.kind, touch.id).every((w) => w.effective_from > v.effective_from) ||
          world
            .versions('after', touch.kind, touch.id)
            .some((w) => w.effective_from < v.effective_to && w.effective_to > v.effective_from && !isActive(touch.kind, w.values))),
    );

const lineFields = ['reporting', 'manager_id', 'unit_id', 'status'];

const needsOf = (world: World, touch: Touch): Need[] => {
  const needs: Need[] = references(touch.kind).flatMap(([field, kind]) =>
    valuesFrom(world, touch, field).map((id): Need => {
      if (touch.kind === 'org_unit' && touch.fields.has(field))
        return field === 'parent_id' ? { need: 'unit_chain', id } : { need: 'reporting_chain', id };
      if (field === 'manager_id' && touch.fields.has(field)) return { need: 'reporting_chain', id };
      if (field === 'unit_id' && touch.fresh && touch.kind === 'position') return { need: 'unit_chain', id };
      return { need: 'thing', kind, id };
    }),
  );
  if (touch.kind === 'position' && lineFields.some((f) => touch.fields.has(f))) needs.push({ need: 'reporting_chain', id: touch.id });
  if (leaves(world, touch))
    for (const kind of kinds)
      for (const [field, target] of references(kind))
        if (target === touch.kind) needs.push({ need: 'referrers', kind, field, id: touch.id });
  return needs;
};

const placementsOf = (field: string, ids: Iterable<string>): Need[] =>
  [...ids].map((id): Need => ({ need: 'referrers', kind: 'placement', field, id }));

/**
 * Loads what the invariants and the impact look at: what touched things refer to, the chains upward from new parents, managers
 * and heads, what rests on a thing that closes, and the placements of touched actors and seats. In a few batches.
 */
export function* loadNeighbourhood(world: World): Decision<void> {
  const needs: Need[] = [{ need: 'assumptions' }];
  for (const [i, touch] of world.touches.entries()) {
    if (due(i)) yield [];
    needs.push(...needsOf(world, touch));
  }
  needs.push(...placementsOf('actor_id', touchedActors(world).keys()));
  yield* world.load(needs);
  const seats = touchedSeats(world);
  yield* world.load([
    ...[...seats.keys()].map((id): Need => ({ need: 'thing', kind: 'position', id })),
    ...placementsOf('position_id', seats.keys()),
    ...[...touchedActors(world).keys()].flatMap((id): Need[] => [
      { need: 'thing', kind: 'actor', id },
      { need: 'referrers', kind: 'compensation', field: 'actor_id', id },
    ]),
  ]);
  const holders = [...seats.keys()].flatMap((seat) =>
    world
      .referrers('placement', 'position_id', seat)
      .flatMap((p) =>
        [...world.versions('before', 'placement', p), ...world.versions('after', 'placement', p)].map((v) => v.values.actor_id),
      ),
  );
  yield* world.load([...new Set(holders)].flatMap((id): Need[] => (typeof id === 'string' ? [{ need: 'thing', kind: 'actor', id }] : [])));
}
