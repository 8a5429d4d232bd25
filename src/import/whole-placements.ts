import { Decimal, fteText } from '../domain/decimal.ts';
import type { Values } from '../domain/entities.ts';
import type { Tell } from './whole-checks.ts';
import { stands, type Whole } from './whole-state.ts';

const UNIT = 10_000;
/** An FTE or percent in ten-thousandths, as a whole number: exact, since both carry at most four decimals; more are counted up. */
const units = (text: unknown): number => {
  const value = String(text ?? '0');
  const point = value.indexOf('.');
  return point < 0 || value.length - point <= 5 ? Math.round(Number(value) * UNIT) : new Decimal(value).times(UNIT).ceil().toNumber();
};
const text = (units: number, scale: number): string => fteText(new Decimal(units).div(scale));

/** Allocation in ten-thousandths of a percent and the number of primary placements, in one number: an organisation has many actors. */
const PRIMARIES = 4;

/**
 * Judges placements: what they point at, one primary per actor, allocations and capacities. With `only`, the placements of what is named there and
 * nothing else; they have to be all of an actor's and all of a position's.
 */
export const checkPlacements = (
  whole: Whole,
  tell: Tell,
  only?: { ids: Iterable<string>; actors: ReadonlySet<string>; positions: ReadonlySet<string> },
): void => {
  const { org_unit, position: positions, actor: actors, placement: placements } = whole;
  const ofActor = new Map<string, number>();
  const onPosition = new Map<string, number>();
  for (const id of only?.ids ?? placements.keys()) {
    const placement = placements.get(id) as Values;
    if (!stands('placement', placement)) continue;
    const actorId = placement.actor_id as string;
    const actor = actors.get(actorId);
    if (!stands('actor', actor)) tell('REFERENCE_UNKNOWN', id, 'the actor of a placement is missing or has left');
    if (!stands('org_unit', org_unit.get(placement.unit_id as string)))
      tell('CLOSED_TARGET', id, 'the unit of a placement is missing or closed');
    const position = placement.position_id as string | null;
    if (position && !stands('position', positions.get(position)))
      tell('CLOSE_OCCUPIED', id, `the position "${positions.get(position)?.title ?? ''}" is closed and held`);
    const allocation = units(placement.allocation);
    const before = ofActor.get(actorId) ?? 0;
    const primaries = Math.min((before % PRIMARIES) + (placement.is_primary ? 1 : 0), PRIMARIES - 1);
    ofActor.set(actorId, (Math.floor(before / PRIMARIES) + allocation) * PRIMARIES + primaries);
    if (position) onPosition.set(position, (onPosition.get(position) ?? 0) + units(actor?.contract_fte) * allocation);
  }
  for (const [actor, sum] of ofActor) {
    if (only && !only.actors.has(actor)) continue;
    const primaries = sum % PRIMARIES;
    const allocation = Math.floor(sum / PRIMARIES);
    if (primaries === 1 && allocation <= 100 * UNIT) continue;
    const id = placementOf(whole, actor, only?.ids);
    if (primaries !== 1) tell('PRIMARY', id, `an actor would have ${primaries} primary placements`);
    if (allocation > 300 * UNIT) tell('ACTOR_FTE', id, `an actor would be allocated ${text(allocation, UNIT)} %`);
    else if (allocation > 100 * UNIT) tell('ACTOR_FTE', id, `an actor is allocated ${text(allocation, UNIT)} %`, true);
  }
  for (const [id, placed] of onPosition) {
    if (only && !only.positions.has(id)) continue;
    const capacity = positions.get(id)?.capacity_fte as string | null | undefined;
    if (capacity != null && placed > units(capacity) * UNIT * 100)
      tell('FTE_CAPACITY', id, `${text(placed, UNIT * UNIT * 100)} FTE sit on a capacity of ${fteText(capacity)}`, true);
  }
};

/** The placement at which a breach of an actor is told: the first that stands. */
const placementOf = (whole: Whole, actor: string, ids: Iterable<string> = whole.placement.keys()): string => {
  for (const id of ids) {
    const placement = whole.placement.get(id);
    if (placement?.actor_id === actor && stands('placement', placement)) return id;
  }
  return '';
};
