import type { Change } from '../domain/changes.ts';
import { addYears } from '../domain/dates.ts';
import { refuse } from '../domain/codes.ts';
import type { BaselineView } from './baseline.ts';
import { readCanonical } from './canonical.ts';
import type { Column, Layout } from './columns.ts';
import { closeAbsent } from './complete.ts';
import type { CsvTable } from './csv.ts';
import { Difference } from './difference.ts';
import { putNamed } from './holders.ts';
import { derivedId } from './identity.ts';
import { readOrganogram } from './organogram.ts';
import { putPlaceholder } from './placeholders.ts';
import type { Repairs } from './repairs.ts';
import { breachFinding } from './report.ts';
import { type ReadRows, type RowFinding, rowFinding, type SeatRow } from './rows.ts';
import { positionId, putSeat, type Seat, type SeatContext, seatsOf } from './seats.ts';
import { withoutRejected } from './rejected.ts';
import { structure, VIRTUAL_ROOT } from './structure.ts';
import { putUnits, unitsOf } from './units.ts';
import { settleLeftBehind } from './left-behind.ts';
import { checkWhole } from './whole.ts';

export interface ImportSettings {
  tenant: number;
  source: string;
  /** The tenant's currency. */
  currency: string;
  /** Today in the tenant's time zone, and how many years after it a date may lie. */
  today: string;
  horizonYears: number;
  complete: boolean;
  skipRejected: boolean;
  repairs: Repairs;
}

/** What is made, changed and closed. `changed` and `closed` are positions; a position counts as changed when it, its holder or its pay differs. */
export interface Outcome {
  created: { org_units: number; positions: number; actors: number; placements: number };
  changed: number;
  closed: number;
  /** Positions that close because a complete file does not name them. */
  closed_as_absent: number;
  /** Rows and positions whose manager is closed and which report to the next open one above: counted apart from `changed`. */
  reports_moved: number;
  changed_by_kind: Record<string, number>;
}

export interface ImportPlan {
  /** False: nothing may be written. */
  passes: boolean;
  rows: number;
  accepted: number;
  rejected: number;
  outcome: Outcome;
  /** Rows that would pass when the refused ones are left out. */
  passing_rows: number;
  findings: RowFinding[];
  repaired: { repair: string; line: number; what: string }[];
  changes: Change[];
}

/** The name of a file's source where the user gives none: the shape, and for organograms the organisation. Files of one source update each other. */
export const defaultSource = (table: CsvTable, layout: Layout): string => {
  const at = layout.at.organisation;
  if (layout.format !== 'uk-organogram' || at === undefined) return layout.format;
  const names = new Set(table.rows.map((r) => r.cells[at] ?? ''));
  if (names.size !== 1) return layout.format;
  const slug = ([...names][0] as string)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return slug === '' ? layout.format : `${layout.format}:${slug.slice(0, 80)}`;
};

const ratesOf = (view: BaselineView): Map<string, string> => {
  const rates = new Map<string, string>();
  for (const { kind, id } of view.things.values()) {
    const values = kind === 'assumption' ? view.at(id) : undefined;
    if (values?.['name'] === 'fx_rate' && values['scope'] === 'tenant' && values['status'] === 'active')
      rates.set(values['scope_ref'] as string, id);
  }
  return rates;
};

/** Compares accepted rows with the baseline. */
const compare = (rows: readonly SeatRow[], read: ReadRows, layout: Layout, settings: ImportSettings, view: BaselineView, root: string) => {
  const { tenant, source } = settings;
  const findings: RowFinding[] = [];
  const out = new Difference(view);
  const planned = unitsOf(rows, tenant, source, root);
  findings.push(...planned.findings);
  const manager = new Map<string, string>();
  for (const row of rows) {
    if (row.posts === 1) manager.set(row.id, positionId(tenant, source, row, 1));
    if (!row.anonymous && row.posts > 1)
      for (let n = 1; n <= row.posts; n++) manager.set(`${row.id}#${n}`, positionId(tenant, source, row, n));
  }
  const context: SeatContext = {
    tenant,
    source,
    view,
    out,
    speaksOf: read.speaksOf,
    unitOf: (row) => planned.units.get(row.unit.path.join(' > '))?.id ?? root,
    // A manager outside the file is one of the baseline's: its id is made from its source id alone.
    managerOf: (id) => manager.get(id) ?? positionId(tenant, source, { identity: id, posts: 1 }, 1),
  };
  const has = (column: string) => layout.at[column as Column] !== undefined;
  const rates = ratesOf(view);
  for (const [currency, { rate, line }] of read.rates)
    out.put({
      kind: 'assumption',
      id: rates.get(currency) ?? derivedId(tenant, source, 'fx_rate', currency),
      line,
      make: { name: 'fx_rate', scope: 'tenant', scope_ref: currency, value: rate, status: 'active' },
    });
  putUnits(planned, (row) => positionId(tenant, source, row, 1), out, view, source, has);
  const named: Seat[] = [];
  // Only a file with holders in it says who sits where; one without leaves the holders of the baseline alone.
  const tellsHolders = layout.format === 'uk-organogram' || has('holder_id');
  for (const row of rows)
    for (const seat of seatsOf(row, context)) {
      putSeat(seat, context);
      if (layout.format === 'uk-organogram') putPlaceholder(seat, context);
      else if (tellsHolders || !seat.open) named.push(seat);
    }
  findings.push(...putNamed(named, context, settings.complete, has));
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
  for (const { line, id, date } of out.later)
    findings.push(
      rowFinding(line, '', id, 'LATER_CHANGE', `another value stands from ${date} on`, 'Look at the later change; an import leaves it.'),
    );
  const outcome: Outcome = {
    created: {
      org_units: out.created.org_unit,
      positions: out.created.position,
      actors: out.created.actor,
      placements: out.created.placement,
    },
    changed: out.changed,
    closed: out.closed,
    closed_as_absent: absent,
    reports_moved: moved.length + rows.filter((r) => r.rerouted).length,
    changed_by_kind: Object.fromEntries(
      Object.entries(out.updated)
        .map(([kind, n]) => [kind, n + out.ended[kind as keyof typeof out.ended]])
        .filter(([, n]) => n !== 0),
    ),
  };
  return { findings, outcome, changes: out.changes };
};

const horizon = (rows: readonly SeatRow[], settings: ImportSettings): RowFinding[] => {
  const last = addYears(settings.today, settings.horizonYears);
  const findings: RowFinding[] = [];
  for (const row of rows)
    if (row.holder?.named)
      for (const [column, date] of [
        ['start_date', row.holder.start],
        ['end_date', row.holder.end],
      ] as const)
        if (date !== null && (date < '1900-01-01' || date > last))
          findings.push(rowFinding(row.line, column, date, 'DATE_HORIZON', `${date} lies outside 1900-01-01 to ${last}`));
  return findings;
};

/**
 * What a file would do to the baseline: pure, and the same for the same file, settings and view. Any finding that stops refuses the whole file,
 * unless refused rows are to be left out.
 */
export const planImport = (table: CsvTable, layout: Layout, settings: ImportSettings, view: BaselineView): ImportPlan => {
  const root = view.root;
  if (root === undefined)
    throw refuse('TREE_ROOT', 'the tenant has no root unit', { wayOut: 'Make the tenant with `orgonaut tenant create` first.' });
  const rates = new Set(ratesOf(view).keys());
  const read =
    layout.format === 'uk-organogram'
      ? readOrganogram(table, layout, settings.currency, rates)
      : readCanonical(table, layout, settings.currency, rates);
  const known = (id: string): boolean => {
    const values = settings.complete ? undefined : view.at(positionId(settings.tenant, settings.source, { identity: id, posts: 1 }, 1));
    return values !== undefined && values['status'] !== 'closed';
  };
  const judged = structure(read.rows, { known, oneRoot: layout.format === 'uk-organogram' }, settings.repairs);
  const findings = [...read.findings, ...judged.findings, ...horizon(judged.rows, settings)];
  const rejected = new Set(findings.filter((f) => f.severity === 'stop').map((f) => f.line));
  const rest = withoutRejected(judged.rows, rejected, known);
  if (settings.skipRejected) for (const f of rest.findings) rejected.add(f.line);
  const compared = compare(rest.rows, read, layout, settings, view, root);
  findings.push(...(settings.skipRejected ? rest.findings : []), ...compared.findings);
  let stopped = compared.findings.some((f) => f.severity === 'stop') || (rejected.size > 0 && !settings.skipRejected);
  for (const f of compared.findings) if (f.severity === 'stop') rejected.add(f.line);
  // A refused file may fail the whole for rows that were left out: then only its own findings help.
  if (!stopped) {
    const breaches = checkWhole(view, compared.changes).map(breachFinding);
    findings.push(...breaches);
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
    passing_rows: rest.rows.filter((r) => r.id !== VIRTUAL_ROOT).length,
    findings,
    repaired: judged.repaired,
    changes: compared.changes,
  };
};
