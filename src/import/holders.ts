import { type IsoDate, later } from '../domain/dates.ts';
import type { Values } from '../domain/entities.ts';
import { derivedId } from './identity.ts';
import { type Holder, type RowFinding, rowFinding } from './rows.ts';
import type { Seat, SeatContext } from './seats.ts';

type Named = Extract<Holder, { named: true }>;
interface NamedSeat {
  seat: Seat;
  holder: Named;
  from: IsoDate;
  primary: boolean;
}

const PLACEHOLDER = 'placeholder:';

/** The placements of this source on a position that have not ended when they begin to count. */
const standing = (context: SeatContext, position: string): string[] =>
  (context.view.placedOn.get(position) ?? []).filter((id) => {
    const values = context.view.at(id, context.view.begins(id));
    return values?.['status'] === 'active' && values['source_system'] === context.source;
  });

/** Ends a placement, and lets a holder go who was only ever a placeholder for this seat. */
const endPlacement = (context: SeatContext, id: string, line: number, seat: string): void => {
  const { view, out } = context;
  out.end('placement', id, line, seat);
  const actor = view.at(id, view.begins(id))?.['actor_id'] as string;
  if (String(view.at(actor)?.['external_uid'] ?? '').startsWith(PLACEHOLDER)) out.end('actor', actor, line, seat);
};

/** The first id of this name that was never used: somebody new on a seat is somebody else. */
const unused = (context: SeatContext, ...name: string[]): string => {
  for (let n = 1; ; n++) {
    const id = derivedId(context.tenant, context.source, ...name, n);
    if (!context.view.has(id) && !context.out.seen.has(id)) return id;
  }
};

/** One human without a name sits in an open seat of a row that is held; a seat that is vacant or closed loses its holder. */
export const putPlaceholder = (seat: Seat, context: SeatContext): void => {
  const { view, out, source } = context;
  const [kept, ...others] = standing(context, seat.id);
  const held = seat.open && seat.row.holder !== null;
  for (const id of held ? others : kept ? [kept, ...others] : []) endPlacement(context, id, seat.row.line, seat.id);
  if (!held) return;
  const placement = kept ?? unused(context, 'placement', seat.identity);
  const actor = kept ? (view.at(kept, view.begins(kept))?.['actor_id'] as string) : unused(context, 'holder', seat.identity);
  out.put({
    kind: 'actor', id: actor, line: seat.row.line, compare: ['contract_fte'], seat: seat.id,
    make: { kind: 'human', external_uid: `${PLACEHOLDER}${actor}`, contract_fte: seat.fte, status: 'active', source_system: source, source_id: seat.source_id },
  });
  out.put({
    kind: 'placement', id: placement, line: seat.row.line, compare: ['unit_id'], seat: seat.id,
    make: {
      actor_id: actor, unit_id: seat.unit, position_id: seat.id, allocation: '100', is_primary: true, role: 'member', status: 'active', source_system: source,
      source_id: seat.source_id,
    },
  });
};

const overlap = (a: NamedSeat, b: NamedSeat): boolean => (a.holder.end === null || b.from < a.holder.end) && (b.holder.end === null || a.from < b.holder.end);

/** Chooses the primary placement of an actor: the one that says so, else the greatest allocation, the first of equals; one at a time. */
const choosePrimary = (seats: NamedSeat[]): RowFinding[] => {
  const findings: RowFinding[] = [];
  const chosen: NamedSeat[] = [];
  for (const s of seats.filter((x) => x.holder.primary === true)) {
    const other = chosen.find((c) => overlap(c, s));
    if (other) findings.push(rowFinding(s.seat.row.line, 'primary', 'yes', 'PRIMARY', `"${s.holder.id}" has a primary placement on line ${other.seat.row.line} already`));
    chosen.push(s);
  }
  const rest = seats.filter((s) => s.holder.primary !== true).sort((a, b) => Number(b.holder.allocation) - Number(a.holder.allocation));
  for (const s of rest) if (!chosen.some((c) => overlap(c, s))) chosen.push(s);
  for (const s of seats) s.primary = chosen.includes(s);
  return findings;
};

/** One actor from all the rows that name it. Rows that contradict each other are found. */
const actorOf = (id: string, seats: readonly NamedSeat[], context: SeatContext, has: (column: string) => boolean): { make: Values; personal: Values; findings: RowFinding[] } => {
  const findings: RowFinding[] = [];
  const said = <F extends 'kind' | 'name' | 'email' | 'fte' | 'employment_type' | 'country'>(field: F): string | null => {
    const first = seats.find((s) => s.holder[field] !== null);
    for (const s of seats)
      if (first && s.holder[field] !== null && s.holder[field] !== first.holder[field])
        findings.push(rowFinding(s.seat.row.line, field === 'employment_type' ? 'holder_employment_type' : `holder_${field}`, String(s.holder[field]), 'ROW_INVALID', `line ${first.seat.row.line} says something else about "${id}"`, 'Say the same on every row of the holder.'));
    return first ? first.holder[field] : null;
  };
  const main = (seats.find((s) => s.primary) ?? seats[0]) as NamedSeat;
  const kind = said('kind');
  const ownFte = said('fte');
  const fte = ownFte ?? (main.seat.fte === null || Number(main.seat.fte) < 0.01 ? null : main.seat.fte);
  const make = {
    kind, external_uid: id, contract_fte: fte, employment_type: said('employment_type') ?? main.seat.row.employment_type,
    country: said('country') ?? main.seat.row.country, status: 'active', source_system: context.source, source_id: id,
  };
  const personal = { ...(has('holder_name') ? { name: said('name') } : {}), ...(has('holder_email') ? { email: said('email') } : {}) };
  return { make, personal, findings };
};

/** Puts the holders that a file names, their placements and pay, and ends the placements on its positions that it names no more. */
export const putNamed = (seats: readonly Seat[], context: SeatContext, has: (column: string) => boolean): RowFinding[] => {
  const { tenant, source, view, out } = context;
  const findings: RowFinding[] = [];
  const people = new Map<string, NamedSeat[]>();
  const kept = new Set<string>();
  for (const seat of seats) {
    const holder = seat.row.holder;
    if (!holder?.named || !seat.open || (holder.end !== null && holder.end <= view.on)) continue;
    const list = people.get(holder.id) ?? [];
    list.push({ seat, holder, from: later(view.on, holder.start ?? view.on), primary: false });
    people.set(holder.id, list);
  }
  const placements: { id: string; place: NamedSeat; actor: string; restate: boolean }[] = [];
  for (const [holderId, list] of people) {
    findings.push(...choosePrimary(list));
    const actor = derivedId(tenant, source, 'actor', holderId);
    const made = actorOf(holderId, list, context, has);
    findings.push(...made.findings);
    const line = (list[0] as NamedSeat).seat.row.line;
    const first = (list[0] as NamedSeat).seat.id;
    const compare = ['kind', 'contract_fte', 'employment_type', 'status', ...(has('country') || has('holder_country') ? ['country'] : [])];
    out.put({ kind: 'actor', id: actor, line, make: made.make, compare, personal: made.personal, seat: first });
    const pays = list.filter((p) => p.holder.pay !== null);
    const paid = pays[0];
    for (const p of pays)
      if (paid && JSON.stringify(p.holder.pay) !== JSON.stringify(paid.holder.pay))
        findings.push(rowFinding(p.seat.row.line, 'holder_pay', p.holder.pay?.amount ?? '', 'ROW_INVALID', `line ${paid.seat.row.line} says another pay of "${holderId}"`, 'Say the same on every row of the holder, or say it once.'));
    const pay = paid?.holder.pay;
    const payId = derivedId(tenant, source, 'compensation', holderId);
    if (pay) out.put({ kind: 'compensation', id: payId, line, make: { actor_id: actor, amount: pay.amount, basis: pay.basis, currency: pay.currency, status: 'active' }, seat: first });
    else if (has('holder_pay')) out.end('compensation', payId, line, first);
    for (const place of list) {
      // The same placement goes on where the same person holds the seat and its beginning is told alike.
      const same = standing(context, place.seat.id).find((id) => {
        const begins = view.begins(id);
        return view.at(id, begins)?.['actor_id'] === actor && begins === place.from;
      });
      const ends = same ? view.things.get(same)?.versions.find((v) => v.effective_from > place.from && v.values['status'] === 'ended')?.effective_from : undefined;
      if (same) kept.add(same);
      const id = same ?? unused(context, 'placement', place.seat.identity, holderId);
      placements.push({ id, place, actor, restate: same !== undefined && has('end_date') && ends !== (place.holder.end ?? undefined) });
    }
  }
  for (const seat of seats) for (const id of standing(context, seat.id)) if (!kept.has(id)) endPlacement(context, id, seat.row.line, seat.id);
  for (const { id, place, actor, restate } of placements) {
    const { seat, holder, from } = place;
    const wanted = {
      kind: 'placement' as const, id, line: seat.row.line, from, seat: seat.id,
      compare: ['unit_id', 'allocation', 'is_primary', ...(has('placement_role') ? ['role'] : [])],
      make: {
        actor_id: actor, unit_id: seat.unit, position_id: seat.id, allocation: holder.allocation, is_primary: place.primary, role: holder.role, status: 'active',
        source_system: source, source_id: `${holder.id}@${seat.source_id}`,
      },
    };
    const fresh = !view.has(id);
    if (restate) out.restate(wanted);
    else out.put(wanted);
    if (holder.end !== null && (fresh || restate)) out.endMade(id, holder.end, seat.row.line);
  }
  return findings;
};
