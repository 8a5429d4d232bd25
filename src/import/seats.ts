import { type IsoDate, later } from '../domain/dates.ts';
import type { Values } from '../domain/entities.ts';
import type { BaselineView } from './baseline.ts';
import type { Difference } from './difference.ts';
import { derivedId } from './identity.ts';
import { pastSteps } from './past.ts';
import { type History, type SeatRow, seatIdentity, type UnitRef } from './rows.ts';
import { splitFte } from './split.ts';
import type { Wanted } from './wanted.ts';

export interface SeatContext {
  tenant: number;
  source: string;
  view: BaselineView;
  out: Difference;
  speaksOf: ReadonlySet<string>;
  /** The unit that a row refers to. */
  unitOf: (unit: UnitRef) => string;
  /** The position a manager id of the file names. */
  managerOf: (managerId: string) => string;
  /** The first day of the position that a manager id names, where the file tells of the past. */
  sinceOf: (managerId: string) => IsoDate | undefined;
}

export const positionId = (tenant: number, source: string, row: Pick<SeatRow, 'identity' | 'posts'>, seat: number): string =>
  derivedId(tenant, source, 'position', seatIdentity(row, seat));

export interface Seat {
  row: SeatRow;
  id: string;
  /** What names the seat in every import of the source. */
  identity: string;
  unit: string;
  fte: string | null;
  source_id: string;
  /** False where the seat is closed. */
  open: boolean;
  /** True where the row once stood for more posts and this is one of those it stands for no more. */
  beyond: boolean;
}

/** The posts of a row with their share of its FTE. Posts beyond the row's number that the baseline still has come last, closed. */
export function* seatsOf(row: SeatRow, context: SeatContext): Generator<Seat> {
  const { tenant, source, view } = context;
  const shares = row.fte === null ? null : splitFte(row.fte, row.posts);
  const unit = context.unitOf(row.unit);
  const several = row.anonymous || row.posts > 1;
  for (let n = 1; ; n++) {
    const identity = seatIdentity(row, n);
    const id = positionId(tenant, source, row, n);
    const beyond = n > row.posts;
    if (beyond && !view.has(id)) return;
    // A row id such as `X` may have its own `X#2` beside it; only rows that stood for several posts have seats beyond.
    if (beyond && !several && view.at(id)?.['source_id'] !== `${row.id}#${n}`) return;
    yield {
      row,
      id,
      identity,
      unit,
      fte: beyond ? null : (shares?.[n - 1] ?? null),
      source_id: several || beyond ? `${row.id}#${n}` : row.id,
      open: !beyond && row.status !== 'closed',
      beyond,
    };
  }
}

/** Puts the position of a seat, or closes it where its row stands for fewer posts now. */
export const putSeat = (seat: Seat, context: SeatContext): void => {
  const { row, id } = seat;
  if (seat.beyond) {
    context.out.see(id);
    context.out.end('position', id, row.line, id);
    return;
  }
  const make: Values = {
    title: row.title,
    unit_id: seat.unit,
    reporting: row.reporting,
    manager_id: row.manager === null ? null : context.managerOf(row.manager),
    job_family: row.job_family,
    grade: row.grade,
    location: row.location,
    country: row.country,
    capacity_fte: seat.fte,
    employment_type: row.employment_type,
    pay_amount: row.pay?.amount ?? null,
    pay_basis: row.pay?.basis ?? null,
    pay_currency: row.pay?.currency ?? null,
    status: row.status,
    close_reason: row.status === 'closed' ? 'not_needed' : null,
    source_system: context.source,
    source_id: seat.source_id,
  };
  // A row of one post that grows is named `X#1` from then on; that alone is no change of the seat.
  const compare = row.anonymous ? [...context.speaksOf] : [...context.speaksOf, 'source_id'];
  // A file that has no column for it says that the seat is there by naming it: one that was closed for being absent opens again.
  if (seat.open && context.view.at(id)?.['status'] === 'closed')
    compare.push('close_reason', ...(context.speaksOf.has('status') ? [] : ['status']));
  const uncounted = ['source_id', ...(row.rerouted ? ['manager_id', 'reporting'] : [])];
  const wanted = { kind: 'position' as const, id, line: row.line, make, compare, seat: id, uncounted };
  if (row.history) putPastSeat(wanted, seat, row.history, context);
  else context.out.put(wanted);
};

/**
 * A seat whose past is told: it begins on its first day in the unit of then and moves on the days that are told. It reports to its manager from
 * the first day on which both are there, since the list tells the manager of now alone.
 */
const putPastSeat = (wanted: Wanted, { id, row }: Seat, history: History, context: SeatContext): void => {
  const { view, out } = context;
  const units = pastSteps(history.units, view.from, ({ unit }) => ({ unit_id: context.unitOf(unit) }), row.line);
  if (view.has(id)) {
    out.put({ ...wanted, from: view.begins(id) as string, compare: (wanted.compare ?? []).filter((f) => f !== 'unit_id') });
    out.steps('position', id, units, false, id);
    return;
  }
  const from = later(view.from, history.since);
  const { reporting = null, manager_id = null } = wanted.make;
  const reports = later(from, (row.manager === null ? undefined : context.sinceOf(row.manager)) ?? from);
  const lines = [{ from, set: { reporting: 'none', manager_id: null } as Values, line: row.line }];
  if (reports > from) lines.push({ from: reports, set: { reporting, manager_id }, line: row.line });
  out.put({ ...wanted, from, make: { ...wanted.make, ...units[0]?.set, ...(reports > from ? lines[0]?.set : {}) } });
  out.steps('position', id, units, true, id);
  if (reports > from) out.steps('position', id, lines, true, id);
};
