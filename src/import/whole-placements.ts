import { Decimal, fteText } from '../domain/decimal.ts';
import { FewNumbers, Numbers } from './numbers.ts';
import type { Tell } from './whole-checks.ts';
import { PRIMARY, UNIT, type WholeState } from './whole-state.ts';

const text = (units: number, scale: number): string => fteText(new Decimal(units).div(scale));

/** Allocation in ten-thousandths of a percent and the number of primary placements, in one number: an organisation has many actors. */
const PRIMARIES = 4;

/**
 * Judges placements: what they point at, one primary per actor, allocations and capacities. With `only`, the placements of what is named there and
 * nothing else; they have to be all of an actor's and all of a position's.
 */
export const checkPlacements = (
  state: WholeState,
  tell: Tell,
  only?: { things: readonly number[]; actors: ReadonlySet<number>; positions: ReadonlySet<number> },
): void => {
  const placements = only?.things ?? state.order.placement;
  const thing = (i: number): number => placements.at(i) as number;
  const sums = () => (only ? new FewNumbers() : new Numbers(Float64Array));
  const ofActor = sums();
  const onPosition = sums();
  const standing = (i: number): boolean => state.stands('placement', thing(i));
  for (let i = 0; i < placements.length; i++) {
    const id = thing(i);
    if (!standing(i)) continue;
    const actor = state.a.at(id) - 1;
    if (!state.stands('actor', actor)) tell('REFERENCE_UNKNOWN', id, [], () => 'the actor of a placement is missing or has left');
    if (!state.stands('org_unit', state.b.at(id) - 1)) tell('CLOSED_TARGET', id, [], () => 'the unit of a placement is missing or closed');
    const position = state.c.at(id) - 1;
    if (position >= 0 && !state.stands('position', position))
      tell('CLOSE_OCCUPIED', id, [position], (name) => `the position "${name(position) ?? ''}" is closed and held`);
    const allocation = state.number.at(id);
    if (actor >= 0) {
      const before = ofActor.at(actor);
      const primaries = Math.min((before % PRIMARIES) + (state.flags.at(id) & PRIMARY ? 1 : 0), PRIMARIES - 1);
      ofActor.set(actor, (Math.floor(before / PRIMARIES) + allocation) * PRIMARIES + primaries);
    }
    if (position >= 0) onPosition.set(position, onPosition.at(position) + (actor < 0 ? 0 : state.number.at(actor)) * allocation);
  }
  // Each actor is judged at its first placement, each position at the first on it; a sum that was judged is no number any more.
  for (let i = 0; i < placements.length; i++) {
    const id = thing(i);
    const actor = state.a.at(id) - 1;
    if (!standing(i) || actor < 0 || (only && !only.actors.has(actor))) continue;
    const sum = ofActor.at(actor);
    if (Number.isNaN(sum)) continue;
    ofActor.set(actor, Number.NaN);
    const primaries = sum % PRIMARIES;
    const allocation = Math.floor(sum / PRIMARIES);
    if (primaries !== 1) tell('PRIMARY', id, [], () => `an actor would have ${primaries} primary placements`);
    if (allocation > 300 * UNIT) tell('ACTOR_FTE', id, [], () => `an actor would be allocated ${text(allocation, UNIT)} %`);
    else if (allocation > 100 * UNIT) tell('ACTOR_FTE', id, [], () => `an actor is allocated ${text(allocation, UNIT)} %`, true);
  }
  for (let i = 0; i < placements.length; i++) {
    const position = state.c.at(thing(i)) - 1;
    if (!standing(i) || position < 0 || (only && !only.positions.has(position))) continue;
    const placed = onPosition.at(position);
    if (Number.isNaN(placed)) continue;
    onPosition.set(position, Number.NaN);
    const capacity = state.number.at(position);
    if (!Number.isNaN(capacity) && placed > capacity * UNIT * 100 && state.kind.at(position) !== 0)
      tell('FTE_CAPACITY', position, [], () => `${text(placed, UNIT * UNIT * 100)} FTE sit on a capacity of ${text(capacity, UNIT)}`, true);
  }
};
