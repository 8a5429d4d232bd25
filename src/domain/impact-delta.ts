import { fiscalYear, type IsoDate } from './dates.ts';
import { Decimal, roundFte, zero } from './decimal.ts';
import { type Kind, kinds } from './entities.ts';
import type { Figure, ImpactDelta } from './impact.ts';
import { figures } from './impact.ts';
import { lineChanges } from './impact-lines.ts';
import { effectiveFte, placementSpans, pricing, seatSpans } from './leaves.ts';
import { annualisedOn, inYear, monthStarts } from './money.ts';
import { touchedActors, touchedSeats, valuesFrom } from './neighbourhood.ts';
import type { View, World } from './working-set.ts';
import { type Decision, due, type Need } from './world.ts';

/** The leaves whose figures the changes can move. */
interface Leaves {
  seats: Set<string>;
  placements: Set<string>;
}

/**
 * Seats and placements below units that move in the tree: their cost can change by a rate that is scoped to a unit. Only then
 * is the subtree loaded.
 */
function* underMovedUnits(world: World, leaves: Leaves): Decision<void> {
  const moved = world
    .touched('org_unit', 'parent_id', 'status')
    .filter((t) => !t.fresh)
    .map((t) => t.id);
  yield* world.load(moved.map((id): Need => ({ need: 'subtree', id })));
  const units = new Set(moved);
  for (const unit of units) for (const child of world.referrers('org_unit', 'parent_id', unit)) units.add(child);
  yield* world.load(
    [...units].flatMap((id): Need[] => [
      { need: 'unit_chain', id },
      { need: 'referrers', kind: 'position', field: 'unit_id', id },
      { need: 'referrers', kind: 'placement', field: 'unit_id', id },
    ]),
  );
  for (const unit of units) {
    for (const id of world.referrers('position', 'unit_id', unit)) leaves.seats.add(id);
    for (const id of world.referrers('placement', 'unit_id', unit)) leaves.placements.add(id);
  }
}

/** The units a seat or a placement is in on any date, before the plan or after it. */
const unitsOf = (world: World, kind: 'position' | 'placement', id: string): string[] =>
  [...world.versions('before', kind, id), ...world.versions('after', kind, id)]
    .map((v) => v.values.unit_id)
    .filter((u) => typeof u === 'string');

function* affected(world: World, date: IsoDate): Decision<Leaves> {
  const leaves: Leaves = {
    seats: new Set(world.touched('position').map((t) => t.id)),
    placements: new Set([
      ...world.touched('placement').map((t) => t.id),
      ...[...world.touched('actor'), ...world.touched('compensation')].flatMap((t) =>
        (t.kind === 'actor' ? [t.id] : valuesFrom(world, t, 'actor_id')).flatMap((a) => world.referrers('placement', 'actor_id', a)),
      ),
    ]),
  };
  if (pricing(world, 'before', date).rates.unitScoped || pricing(world, 'after', date).rates.unitScoped) {
    yield* underMovedUnits(world, leaves);
    // Every unit a leaf is ever in: its cost of the year before the change counts too, at the rate of the unit it was in then.
    const units = [...leaves.seats]
      .flatMap((id) => unitsOf(world, 'position', id))
      .concat([...leaves.placements].flatMap((id) => unitsOf(world, 'placement', id)));
    yield* world.load([...new Set(units)].map((id): Need => ({ need: 'unit_chain', id })));
  }
  const actors = new Set(
    [...leaves.placements].flatMap((p) =>
      (['before', 'after'] as const).flatMap((view) => world.versions(view, 'placement', p).map((v) => String(v.values.actor_id))),
    ),
  );
  yield* world.load(
    [...actors].flatMap((id): Need[] => [
      { need: 'thing', kind: 'actor', id },
      { need: 'referrers', kind: 'compensation', field: 'actor_id', id },
    ]),
  );
  return leaves;
}

type Figures = Record<Figure, Decimal> & { months: Decimal[] };

/** The part of the branch's totals that the leaves make up in one view. The same formulas as the read model's SQL. */
function* measure(world: World, view: View, date: IsoDate, leaves: Leaves): Decision<Figures> {
  const price = pricing(world, view, date);
  const { currency, fiscal_year_start } = world.ctx.settings;
  const year = fiscalYear(date, fiscal_year_start);
  const months = monthStarts(year);
  const sums = { ...(Object.fromEntries(figures.map((f) => [f, zero])) as Record<Figure, Decimal>), months: months.map(() => zero) };
  const add = (figure: Figure, n: Decimal | number) => {
    sums[figure] = sums[figure].plus(n);
  };

  let looked = 0;
  for (const id of leaves.seats) {
    if (due(looked++)) yield [];
    const seat = world.active(view, 'position', id, date);
    if (seat) {
      add('seats', 1);
      add('establishment_fte', roundFte(new Decimal(String(seat.capacity_fte ?? '0'))));
    }
    const spans = seatSpans(world, price, id);
    add('annualised', annualisedOn(spans, date, currency));
    add('in_year', inYear(spans, year, currency));
    months.forEach((month, i) => {
      sums.months[i] = (sums.months[i] as Decimal).plus(annualisedOn(spans, month, currency));
    });
  }
  for (const id of touchedSeats(world).keys()) {
    const status = world.active(view, 'position', id, date)?.status;
    const held = world.referrers('placement', 'position_id', id).some((p) => world.active(view, 'placement', p, date)?.position_id === id);
    if ((status === 'open' || status === 'frozen') && !held) add('vacant_positions', 1);
  }
  for (const id of leaves.placements) {
    if (due(looked++)) yield [];
    add('fte', effectiveFte(world, view, id, date));
    const spans = placementSpans(world, price, id);
    add('actual_annualised', annualisedOn(spans, date, currency));
    add('actual_in_year', inYear(spans, year, currency));
  }
  for (const id of touchedActors(world).keys()) {
    const actor = world.active(view, 'actor', id, date);
    const placed = world.referrers('placement', 'actor_id', id).some((p) => world.active(view, 'placement', p, date)?.actor_id === id);
    if (!actor || !placed) continue;
    add(actor.kind === 'robot' ? 'robots' : actor.kind === 'ai_agent' ? 'ai_agents' : 'headcount', 1);
    if (actor.kind === 'human' && actor.employment_type === 'contractor') add('contractors', 1);
  }
  return sums;
}

/**
 * What the planned changes do to the totals of the branch: exactly their difference, measured on the touched leaves alone, on
 * the latest date on which a change begins to hold (today when there is no change). Spans and layers are of everybody, those who
 * only follow another head among them.
 */
export function* impactDelta(world: World): Decision<ImpactDelta> {
  const date = world.lastDate ?? world.ctx.today;
  const leaves = yield* affected(world, date);
  const before = yield* measure(world, 'before', date, leaves);
  const after = yield* measure(world, 'after', date, leaves);
  const { currency, fiscal_year_start } = world.ctx.settings;
  const year = fiscalYear(date, fiscal_year_start);
  return {
    ...(Object.fromEntries(figures.map((f) => [f, after[f].minus(before[f])])) as Record<Figure, Decimal>),
    effective_on: date,
    fiscal_year: year.label,
    currency,
    run_rate_by_month: monthStarts(year).map((month, i) => ({
      month,
      annualised: (after.months[i] as Decimal).minus(before.months[i] as Decimal),
    })),
    ...(yield* lineChanges(world, date)),
    touched: Object.fromEntries(kinds.map((k: Kind) => [k, world.touched(k).length])) as ImpactDelta['touched'],
  };
}
