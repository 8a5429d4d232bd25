import { finding } from '../codes.ts';
import { earlier, type IsoDate } from '../dates.ts';
import { Decimal, fteText, zero } from '../decimal.ts';
import { touchedActors, touchedSeats } from '../neighbourhood.ts';
import { at, type Version } from '../timeline.ts';
import type { View, World } from '../working-set.ts';
import { boundaries, type Invariant, inTurns, isActive } from './invariant.ts';

/** Dates from `from` on, and the placements that count on each. */
const byDate = (
  world: World,
  view: View,
  ids: readonly string[],
  field: string,
  target: string,
  from: IsoDate,
  ...others: (readonly Version[])[]
) => {
  const timelines = ids.map((id) => ({ id, versions: world.versions(view, 'placement', id) }));
  return boundaries(from, ...timelines.map((t) => t.versions), ...others).map((date) => ({
    date,
    placed: timelines.flatMap(({ id, versions }) => {
      const values = at(versions, date);
      return isActive('placement', values) && values[field] === target ? [{ id, values }] : [];
    }),
  }));
};

/** FTE_CAPACITY: what is placed on a seat stays within its capacity, where the capacity is known. */
export const withinCapacity: Invariant = (world, view) =>
  inTurns(touchedSeats(world), ([seat, from]) => {
    const own = world.versions(view, 'position', seat);
    const ids = world.referrers('placement', 'position_id', seat);
    const actors = [...new Set(ids.flatMap((id) => world.versions(view, 'placement', id).map((v) => String(v.values.actor_id))))];
    let worst: { placed: Decimal; capacity: Decimal } | undefined;
    const dates = byDate(world, view, ids, 'position_id', seat, from, own, ...actors.map((a) => world.versions(view, 'actor', a))).flatMap(
      ({ date, placed }) => {
        const capacity = at(own, date)?.capacity_fte;
        if (typeof capacity !== 'string') return [];
        const sum = placed.reduce((total, { values }) => {
          const fte = world.active(view, 'actor', String(values.actor_id), date)?.contract_fte;
          return total.plus(new Decimal(String(fte ?? 0)).times(String(values.allocation ?? 0)).dividedBy(100));
        }, zero);
        if (!sum.greaterThan(capacity)) return [];
        worst ??= { placed: sum, capacity: new Decimal(capacity) };
        return [date];
      },
    );
    if (!worst) return [];
    return [
      finding(
        'FTE_CAPACITY',
        `${fteText(worst.placed)} FTE are placed on position ${world.name('position', seat, dates[0] as string)}, whose capacity is ${fteText(worst.capacity)}`,
        { ids: [seat], dates },
      ),
    ];
  });

/** ACTOR_FTE: the allocations of an actor stay within 100 %; above 300 % is refused. */
export const withinContract: Invariant = (world, view) =>
  inTurns(touchedActors(world), ([actor, from]) => {
    let most = zero;
    const dates = byDate(world, view, world.referrers('placement', 'actor_id', actor), 'actor_id', actor, from).flatMap(
      ({ date, placed }) => {
        const sum = placed.reduce((total, { values }) => total.plus(String(values.allocation ?? 0)), zero);
        if (sum.greaterThan(most)) most = sum;
        return sum.greaterThan(100) ? [date] : [];
      },
    );
    if (dates.length === 0) return [];
    return [
      finding('ACTOR_FTE', `the allocations of ${world.name('actor', actor, dates[0] as string)} add up to ${fteText(most)} %`, {
        ids: [actor],
        dates,
        severity: most.greaterThan(300) ? 'stop' : 'warn',
      }),
    ];
  });

/** PRIMARY: an actor that is placed has exactly one primary placement on each date. */
export const onePrimary: Invariant = (world, view) =>
  inTurns(touchedActors(world), ([actor, from]) => {
    let said: { count: number; ids: string[] } | undefined;
    const dates = byDate(world, view, world.referrers('placement', 'actor_id', actor), 'actor_id', actor, from).flatMap(
      ({ date, placed }) => {
        const primary = placed.filter((p) => p.values.is_primary === true);
        if (placed.length === 0 || primary.length === 1) return [];
        said ??= { count: primary.length, ids: placed.map((p) => p.id) };
        return [date];
      },
    );
    if (!said) return [];
    return [
      finding('PRIMARY', `${world.name('actor', actor, dates[0] as string)} would have ${said.count} primary placements on ${dates[0]}`, {
        ids: [actor, ...said.ids],
        dates,
      }),
    ];
  });

/** Placements whose place, or the state of whose seat, may change, with the date from which it may. */
const onSeats = (world: World): Map<string, IsoDate> => {
  const from = new Map<string, IsoDate>();
  const add = (id: string, date: IsoDate) => from.set(id, earlier(from.get(id) ?? date, date));
  for (const touch of world.touched('placement', 'position_id', 'status')) add(touch.id, touch.from);
  for (const touch of world.touched('position', 'status'))
    for (const id of world.referrers('placement', 'position_id', touch.id)) add(id, touch.from);
  return from;
};

/** CLOSED_TARGET: no placement begins on a frozen position (a closed one is refused with every other reference). */
export const noStartOnFrozen: Invariant = (world, view) =>
  inTurns(onSeats(world), ([id, from]) => {
    const versions = world.versions(view, 'placement', id);
    return versions.flatMap((v, i) => {
      const seat = v.values.position_id;
      if (v.effective_from < from || typeof seat !== 'string' || !isActive('placement', v.values)) return [];
      const before = versions[i - 1]?.values;
      if (isActive('placement', before) && before.position_id === seat) return [];
      if (world.on(view, 'position', seat, v.effective_from)?.status !== 'frozen') return [];
      return [
        finding('CLOSED_TARGET', `position ${world.name('position', seat, v.effective_from)} is frozen on ${v.effective_from}`, {
          ids: [id, seat],
          dates: [v.effective_from],
        }),
      ];
    });
  });
