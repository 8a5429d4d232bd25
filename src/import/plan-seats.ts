import { addYears, later } from '../domain/dates.ts';
import { readCanonical } from './canonical.ts';
import type { Column } from './columns.ts';
import { closeAbsent } from './complete.ts';
import { Difference } from './difference.ts';
import { putNamed } from './holders.ts';
import { managerColumnOf } from './managers.ts';
import { derivedId } from './identity.ts';
import { settleLeftBehind } from './left-behind.ts';
import { readOrganogram } from './organogram.ts';
import { readPeople } from './people.ts';
import { putPlaceholder } from './placeholders.ts';
import { besideCounts, type ImportPlan, type ImportSettings, laterFindings, notComplete, outcomeOf, type ToPlan } from './plan-types.ts';
import { ratesOf } from './rates.ts';
import { withoutRejected } from './rejected.ts';
import { breachFinding } from './report.ts';
import { type ReadRows, type RowFinding, rowFinding } from './rows.ts';
import { positionId, putSeat, type SeatContext, seatsOf } from './seats.ts';
import { NamedRows } from './named-rows.ts';
import { VIRTUAL_ROOT } from './seat-row-codec.ts';
import { REROUTED } from './seat-marks.ts';
import type { SeatRows } from './seat-rows.ts';
import { structure } from './structure.ts';
import { putUnits, unitsOf } from './units.ts';
import { checkState } from './whole.ts';
import { WholeState } from './whole-state.ts';

/** Compares accepted rows with the baseline. */
const compare = (rows: SeatRows, read: ReadRows, { layout, settings, view, root, scratch }: ToPlan) => {
  const { tenant, source } = settings;
  const findings: RowFinding[] = [];
  const state = new WholeState(view);
  const out = new Difference(view, scratch, (change) => state.apply(change));
  const planned = unitsOf(rows, tenant, source, root);
  findings.push(...planned.findings);
  // A position's id is made from its row's id alone, whether the row is in this file or the baseline; but for rows that are named otherwise.
  const manager = new Map<string, string>();
  const since = new Map<string, string>();
  const index = rows.past ? rows.index() : undefined;
  if (rows.past || rows.anonymous)
    for (const row of rows) {
      if (row.history) since.set(row.id, later(view.from, row.history.since));
      if (row.anonymous && row.posts === 1) manager.set(row.id, positionId(tenant, source, row, 1));
    }
  const context: SeatContext = {
    tenant,
    source,
    view,
    out,
    speaksOf: read.speaksOf,
    unitOf: planned.idOf,
    managerOf: (id) => manager.get(id) ?? positionId(tenant, source, { identity: id, posts: 1 }, 1),
    sinceOf: (id) => since.get(id) ?? (index && index.at(rows.ids.find(id)) > 0 ? view.on : undefined),
  };
  const has = (column: string) => layout.at[column as Column] !== undefined;
  const rates = ratesOf(view);
  for (const [currency, { rate, line }] of read.rates)
    out.put({
      kind: 'assumption',
      id: rates.get(currency) ?? derivedId(tenant, source, 'fx_rate', currency),
      line,
      ...(rates.has(currency) ? {} : { from: view.from }),
      make: { name: 'fx_rate', scope: 'tenant', scope_ref: currency, value: rate, status: 'active' },
    });
  putUnits(planned, (row) => positionId(tenant, source, row, 1), out, view, source, has);
  // Only a file with holders in it says who sits where; one without leaves the holders of the baseline alone.
  const tellsHolders = layout.format !== 'csv' || has('holder_id');
  const named = layout.format === 'uk-organogram' ? undefined : new NamedRows(rows, context, (seat) => tellsHolders || !seat.open);
  for (const [n, row] of rows.numbered())
    for (const seat of seatsOf(row, context)) {
      putSeat(seat, context);
      if (named) named.take(n, seat);
      else putPlaceholder(seat, context);
    }
  if (named) for (const finding of putNamed(named, context, settings.complete, has)) findings.push(finding);
  const absent = settings.complete ? closeAbsent(view, out, source) : 0;
  const moved = settleLeftBehind(view, out);
  for (const id of moved)
    findings.push({
      ...rowFinding(
        0,
        'manager_position_id',
        id,
        'REPORTS_TARGET',
        `"${view.at(id)?.['title'] ?? ''}" is not in the file and its manager closes; it reports to the next open manager above`,
        'Name the position in the file with the manager who took over.',
      ),
      severity: 'warn',
    });
  for (const f of laterFindings(out)) findings.push(f);
  return { findings, outcome: outcomeOf(out, absent, moved.length + rows.count((n) => rows.is(n, REROUTED))), changes: out.changes, state };
};

const horizon = (rows: SeatRows, settings: ImportSettings): RowFinding[] => {
  const last = addYears(settings.today, settings.horizonYears);
  if (rows.within('1900-01-01', last)) return [];
  const findings: RowFinding[] = [];
  for (const row of rows)
    if (row.holder?.named)
      for (const [column, date] of [
        ['start_date', row.holder.start],
        ['end_date', row.holder.end],
        ['effective_date', row.history?.known ?? null],
        ['effective_date', row.history?.pays.at(-1)?.from ?? null],
        ['start_date', row.history?.units.at(-1)?.from ?? null],
      ] as const)
        if (date !== null && (date < '1900-01-01' || date > last))
          findings.push(rowFinding(row.line, column, date, 'DATE_HORIZON', `${date} lies outside 1900-01-01 to ${last}`));
  return findings;
};

/** What a file of seats or people would do. */
export const planSeats = (given: ToPlan): ImportPlan => {
  const { table, layout, settings, view, reading, beside } = given;
  const read =
    layout.format === 'uk-organogram'
      ? readOrganogram(table, layout, reading)
      : layout.format === 'people'
        ? readPeople(table, layout, reading, beside)
        : readCanonical(table, layout, reading);
  const known = (id: string): boolean => {
    const values = settings.complete ? undefined : view.at(positionId(settings.tenant, settings.source, { identity: id, posts: 1 }, 1));
    return values !== undefined && values['status'] !== 'closed';
  };
  const column = managerColumnOf(layout) ?? 'manager_position_id';
  const manager = { column, by: read.managers?.names ?? 'position' } as const;
  const judged = structure(read.rows, { known, manager, oneRoot: layout.format === 'uk-organogram' }, settings.repairs);
  const findings = read.findings.concat(judged.findings, horizon(judged.rows, settings));
  const rejected = new Set(findings.filter((f) => f.severity === 'stop' && f.file === undefined).map((f) => f.line));
  const rest = withoutRejected(judged.rows, rejected, known, column);
  if (settings.skipRejected) for (const f of rest.findings) rejected.add(f.line);
  const passing_rows = rest.rows.count((n) => rest.rows.idOf(n) !== VIRTUAL_ROOT);
  const complete = settings.complete && rejected.size === 0;
  const compared = compare(rest.rows, read, { ...given, settings: { ...settings, complete } });
  // What follows looks at the changes: the room of the rows is of better use to it.
  rest.rows.close();
  const faults = findings.some((f) => f.severity === 'stop');
  if (settings.skipRejected) for (const f of rest.findings) findings.push(f);
  for (const f of compared.findings) findings.push(f);
  let stopped = compared.findings.some((f) => f.severity === 'stop') || (faults && !settings.skipRejected);
  for (const f of compared.findings) if (f.severity === 'stop') rejected.add(f.line);
  // A refused file may fail the whole for rows that were left out: then only its own findings help.
  if (!stopped) {
    const breaches = checkState(compared.state, compared.changes).map(breachFinding);
    for (const f of breaches) findings.push(f);
    for (const f of breaches) if (f.severity === 'stop' && f.line > 0) rejected.add(f.line);
    stopped = breaches.some((f) => f.severity === 'stop');
  }
  findings.sort((a, b) => a.line - b.line);
  const count = table.rows.length;
  return {
    passes: !stopped,
    rows: count,
    accepted: count - rejected.size,
    rejected: rejected.size,
    outcome: compared.outcome,
    passing_rows,
    findings,
    repaired: judged.repaired,
    changes: compared.changes,
    managers: read.managers,
    assumed: [...(read.assumed ?? []), ...(settings.complete && !complete ? [notComplete] : [])],
    beside: besideCounts(beside, findings),
  };
};
