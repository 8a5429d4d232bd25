import type { IsoDate } from '../domain/dates.ts';
import type { Values } from '../domain/entities.ts';
import { type Holder, type RowFinding, rowFinding } from './rows.ts';
import type { Seat, SeatContext } from './seats.ts';

type Named = Extract<Holder, { named: true }>;
/** A seat with the holder its row names. */
export interface NamedSeat {
  seat: Seat;
  holder: Named;
  from: IsoDate;
  /** The placement's id: the baseline's where the same person goes on holding the seat, else a new one. */
  id: string;
  fresh: boolean;
  /** The end that the baseline knows is not the one the file says: the placement is said again as a whole. */
  restate: boolean;
}

/** One actor from all the rows that name it. Rows that contradict each other are found. */
export const actorOf = (
  id: string,
  seats: readonly NamedSeat[],
  primary: string | undefined,
  context: SeatContext,
  has: (column: string) => boolean,
): { make: Values; personal: Values; findings: RowFinding[] } => {
  const findings: RowFinding[] = [];
  const said = <F extends 'kind' | 'name' | 'email' | 'fte' | 'employment_type' | 'country'>(field: F): string | null => {
    const first = seats.find((s) => s.holder[field] !== null);
    for (const s of seats)
      if (first && s.holder[field] !== null && s.holder[field] !== first.holder[field])
        findings.push(
          rowFinding(
            s.seat.row.line,
            field === 'employment_type' ? 'holder_employment_type' : `holder_${field}`,
            String(s.holder[field]),
            'ROW_INVALID',
            `line ${first.seat.row.line} says something else about "${id}"`,
            'Say the same on every row of the holder.',
          ),
        );
    return first ? first.holder[field] : null;
  };
  const main = (seats.find((s) => s.id === primary) ?? seats[0]) as NamedSeat;
  const kind = said('kind');
  const ownFte = said('fte');
  const fte = ownFte ?? (main.seat.fte === null || Number(main.seat.fte) < 0.01 ? null : main.seat.fte);
  const make = {
    kind,
    external_uid: id,
    contract_fte: fte,
    employment_type: said('employment_type') ?? main.seat.row.employment_type,
    country: said('country') ?? main.seat.row.country,
    status: 'active',
    source_system: context.source,
    source_id: id,
  };
  const personal: Values = {};
  if (['holder_name', 'holder_first_name', 'holder_last_name'].some(has)) personal['name'] = said('name');
  if (has('holder_email')) personal['email'] = said('email');
  if (has('holder_birth_date')) personal['birth_date'] = main.holder.birth_date ?? null;
  if (has('holder_gender')) personal['gender'] = main.holder.gender ?? null;
  return { make, personal, findings };
};
