import { Decimal, zero } from '../domain/decimal.ts';
import type { SeatRow, UnitRef } from './rows.ts';
import type { Codec } from './spool.ts';

type Kept = [...unknown[]];

/** How a row is kept: its values in order, the FTE as text, its unit as the number under which `units` has it. */
export const seatRowCodec = (units: { numberOf(unit: UnitRef): number; at(number: number): UnitRef }): Codec<SeatRow> => ({
  encode: (r): Kept => [
    r.line,
    r.id,
    r.identity === r.id ? 0 : r.identity,
    r.anonymous,
    r.manager,
    r.reporting,
    units.numberOf(r.unit),
    r.head,
    r.title,
    r.grade,
    r.job_family,
    r.location,
    r.country,
    r.status,
    r.fte === null ? null : r.fte.toFixed(),
    r.posts,
    r.employment_type,
    r.pay,
    r.holder,
    r.history ?? null,
  ],
  // biome-ignore lint/suspicious/noExplicitAny: what was encoded above
  decode: (v: any[]): SeatRow => {
    const row: SeatRow = {
      line: v[0],
      id: v[1],
      identity: v[2] === 0 ? v[1] : v[2],
      anonymous: v[3],
      manager: v[4],
      reporting: v[5],
      unit: units.at(v[6]),
      head: v[7],
      title: v[8],
      grade: v[9],
      job_family: v[10],
      location: v[11],
      country: v[12],
      status: v[13],
      fte: v[14] === null ? null : new Decimal(v[14]),
      posts: v[15],
      employment_type: v[16],
      pay: v[17],
      holder: v[18],
    };
    if (v[19] !== null) row.history = v[19];
    return row;
  },
});

/** The id of the position that `roots=virtual` puts above all roots of a file. */
export const VIRTUAL_ROOT = '(virtual root)';

export const nowhere: UnitRef = { path: [], id: null, kind: null, unit_type: null, cost_centre: null };

/** The row that no line of the file says: the one above all roots. */
export const virtualRoot = (): SeatRow => ({
  line: 0,
  id: VIRTUAL_ROOT,
  identity: VIRTUAL_ROOT,
  anonymous: false,
  manager: null,
  reporting: 'none',
  unit: nowhere,
  head: false,
  title: 'Virtual root',
  grade: null,
  job_family: null,
  location: null,
  country: null,
  status: 'open',
  fte: zero,
  posts: 1,
  employment_type: 'permanent',
  pay: null,
  holder: null,
});
