import { fiscalYear, type IsoDate } from './dates.ts';
import { Decimal, roundFte, zero } from './decimal.ts';
import { type Kind, kinds } from './entities.ts';
import type { Figure, ImpactDelta } from './impact.ts';
import { figures } from './impact.ts';
import { effectiveFte, placementSpans, pricing, seatSpans } from './leaves.ts';
import { annualisedOn, inYear, monthStarts } from './money.ts';
import { touchedActors, touchedSeats, valuesFrom } from './neighbourhood.ts';
import { layerOn, managerOn } from './reporting.ts';
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

/** Touched positions whose own line may have changed. */
const lines = (world: World) => world.touched('position', 'reporting', 'manager_id', 'unit_id', 'status');

function* spansOf(world: World, date: IsoDate): Decision<ImpactDelta['spans']> {
  const delta = new Map<string, number>();
  for (const [i, { id }] of lines(world).entries()) {
    if (due(i)) yield [];
    for (const [view, sign] of [
      ['before', -1],
      ['after', 1],
    ] as const) {
      const manager = yield* managerOn(world, view, id, date);
      if (!world.active(view, 'position', id, date) || manager === null) continue;
      // A report of a closed manager is nobody's direct report.
      yield* world.load([{ need: 'thing', kind: 'position', id: manager }]);
      if (world.active(view, 'position', manager, date)) delta.set(manager, (delta.get(manager) ?? 0) + sign);
    }
  }
  return [...delta]
    .filter(([, n]) => n !== 0)
    .map(([position_id, n]) => ({ position_id, delta: n }))
    .sort((a, b) => (a.position_id < b.position_id ? -1 : 1));
}

function* layersOf(world: World, date: IsoDate): Decision<ImpactDelta['layers']> {
  const known = { before: new Map<string, number | null>(), after: new Map<string, number | null>() };
  const layers: ImpactDelta['layers'] = [];
  // Where no line, head or parent changes, no layer does, and no chain is loaded to find that out.
  if (lines(world).length === 0 && world.touched('org_unit', 'parent_id', 'head_id').length === 0) return layers;
  for (const [i, { id }] of world.touched('position').entries()) {
    if (due(i)) yield [];
    const before = yield* layerOn(world, 'before', id, date, known.before);
    const after = yield* layerOn(world, 'after', id, date, known.after);
    if (before !== after) layers.push({ position_id: id, before, after });
  }
  return layers.sort((a, b) => (a.position_id < b.position_id ? -1 : 1));
}

/**
 * What the planned changes do to the totals of the branch: exactly their difference, measured on the touched leaves alone, on
 * the latest date on which a change begins to hold (today when there is no change). Spans and layers are those of touched
 * positions; positions that only follow another head are not counted one by one.
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
    spans: yield* spansOf(world, date),
    layers: yield* layersOf(world, date),
    touched: Object.fromEntries(kinds.map((k: Kind) => [k, world.touched(k).length])) as ImpactDelta['touched'],
  };
}
