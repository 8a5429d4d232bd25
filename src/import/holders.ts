import { type IsoDate, later } from '../domain/dates.ts';
import { actorOf, type NamedSeat } from './holder-actor.ts';
import { putPay } from './holder-pay.ts';
import { derivedId } from './identity.ts';
import { choosePrimary, type PrimaryCandidate } from './primary.ts';
import { type NamedRows, placeOf } from './named-rows.ts';
import { pastSteps } from './past.ts';
import { type RowFinding, rowFinding } from './rows.ts';
import type { Seat, SeatContext } from './seats.ts';
import { Marks } from './tables.ts';
import { endPlacement, PLACEHOLDER, unused } from './standing.ts';

const namedSeat = (seat: Seat, holder: NamedSeat['holder'], context: SeatContext, has: (column: string) => boolean): NamedSeat => {
  const { from, same } = placeOf(seat, holder, context);
  return {
    seat,
    holder,
    from,
    id: same ?? unused(context, 'placement', seat.identity, holder.id),
    fresh: same === undefined,
    restate: same !== undefined && has('end_date') && endOf(context, same) !== holder.end,
  };
};

/** The first later date from which the baseline says that a placement has ended. */
const endOf = (context: SeatContext, id: string): IsoDate | null =>
  context.view.get(id)?.versions.find((v) => v.effective_from > context.view.on && v.values['status'] === 'ended')?.effective_from ?? null;

const candidate = (context: SeatContext, id: string, place?: NamedSeat): PrimaryCandidate => {
  const { view } = context;
  const values = view.at(id, view.begins(id));
  return {
    id,
    from: place?.from ?? (view.first(id) as IsoDate),
    end: place && (place.fresh || place.restate) ? place.holder.end : endOf(context, id),
    allocation: place?.holder.allocation ?? String(values?.['allocation']),
    says: place?.holder.primary ?? null,
    was: (date) => view.at(id, date)?.['is_primary'] === true,
    dates: place?.restate ? [] : (view.get(id)?.versions.map((v) => v.effective_from) ?? []),
  };
};

/** Puts one placement with its primary flags. */
const putPlacement = (
  place: NamedSeat,
  actor: string,
  flags: readonly { date: IsoDate; primary: boolean }[],
  context: SeatContext,
  has: (column: string) => boolean,
): void => {
  const { seat, holder, from, id } = place;
  const wanted = {
    kind: 'placement' as const,
    id,
    line: seat.row.line,
    from,
    seat: seat.id,
    compare: ['unit_id', 'allocation', ...(has('placement_role') ? ['role'] : [])],
    make: {
      actor_id: actor,
      unit_id: seat.unit,
      position_id: seat.id,
      allocation: holder.allocation,
      is_primary: flags[0]?.primary ?? false,
      role: holder.role,
      status: 'active',
      source_system: context.source,
      source_id: `${holder.id}@${seat.source_id}`,
    },
  };
  const units = seat.row.history
    ? pastSteps(seat.row.history.units, context.view.from, (u) => ({ unit_id: context.unitOf(u.unit) }), seat.row.line)
    : [];
  if (units.length > 0) {
    Object.assign(wanted.make, units[0]?.set);
    wanted.compare = wanted.compare.filter((f) => f !== 'unit_id');
  }
  if (place.restate) context.out.restate(wanted);
  else context.out.put(wanted);
  context.out.steps('placement', id, units, place.fresh || place.restate, seat.id);
  context.out.flags(id, flags, seat.row.line, place.fresh || place.restate, seat.id);
  if (holder.end !== null && (place.fresh || place.restate)) context.out.endMade(id, holder.end, seat.row.line);
};

/** Puts the holders that a file names, their placements and pay, and ends the placements on its positions that it names no more. */
export const putNamed = (rows: NamedRows, context: SeatContext, complete: boolean, has: (column: string) => boolean): RowFinding[] => {
  const { tenant, source, view, out } = context;
  const findings: RowFinding[] = [];
  const { kept } = rows;
  const gone = new Marks(view.ids);
  const left = new Set<string>();
  for (const { id, seat, line } of rows.left()) {
    gone.add(id);
    left.add(view.at(id, view.begins(id))?.['actor_id'] as string);
    endPlacement(context, id, line, seat);
  }
  // Placements on seats that the file does not name go on, unless the file is complete.
  const untouched = (actor: string): string[] =>
    complete
      ? []
      : view.placementsOf(actor).filter((id) => !kept.has(id) && !gone.has(id) && view.at(id, view.begins(id))?.['status'] === 'active');
  const choose = (actor: string, list: readonly NamedSeat[]) => {
    const others = untouched(actor);
    const choice = choosePrimary(
      [...list.map((p) => candidate(context, p.id, p)), ...others.map((id) => candidate(context, id))],
      view.from,
    );
    for (const id of others) out.flags(id, choice.flags.get(id) ?? [], 0, false);
    return choice;
  };
  for (const [holderId, held] of rows.people()) {
    const list = held.map(({ seat, holder }) => namedSeat(seat, holder, context, has));
    const actor = derivedId(tenant, source, 'actor', holderId);
    left.delete(actor);
    const choice = choose(actor, list);
    const line = (list[0] as NamedSeat).seat.row.line;
    if (choice.clash) {
      const [a, b] = choice.clash.map((c) => list.find((p) => p.id === c.id)?.seat.row.line);
      findings.push(rowFinding(b ?? line, 'primary', 'yes', 'PRIMARY', `"${holderId}" has a primary placement on line ${a} already`));
    }
    const made = actorOf(holderId, list, list.find((p) => choice.flags.get(p.id)?.[0]?.primary)?.id, context, has);
    findings.push(...made.findings);
    const first = (list[0] as NamedSeat).seat.id;
    const compare = ['kind', 'contract_fte', 'employment_type', 'status', ...(has('country') || has('holder_country') ? ['country'] : [])];
    const known = list[0]?.seat.row.history?.known;
    const from = known === undefined ? view.on : view.has(actor) ? (view.begins(actor) as string) : later(view.from, known);
    out.put({ kind: 'actor', id: actor, line, from, make: made.make, compare, personal: made.personal, seat: first });
    findings.push(...putPay(holderId, actor, list, context, has));
    for (const place of list) putPlacement(place, actor, choice.flags.get(place.id) ?? [], context, has);
  }
  for (const actor of left) if (!String(view.at(actor)?.['external_uid'] ?? '').startsWith(PLACEHOLDER)) choose(actor, []);
  return findings;
};
