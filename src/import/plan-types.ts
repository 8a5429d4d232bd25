import type { BaselineView } from './baseline.ts';
import type { Changes } from './batches.ts';
import type { Layout } from './columns.ts';
import type { CsvTable } from './csv.ts';
import type { Difference } from './difference.ts';
import type { Inputs } from './inputs.ts';
import type { ManagerReading } from './managers.ts';
import type { Repairs } from './repairs.ts';
import { type Reading, type RowFinding, rowFinding } from './rows.ts';
import type { OpenScratch } from './scratch.ts';
import type { DateOrder } from './values.ts';

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
  /** The order of day and month, where the user said it. */
  dateOrder?: DateOrder | undefined;
}

/** What is made, changed and closed. Field names are part of the contract for scripts. */
export interface Outcome {
  created: { org_units: number; positions: number; actors: number; placements: number };
  /** Positions that were there before and differ: in their own fields, their holder, the placement or the pay. */
  changed: number;
  /** Positions that close. */
  closed: number;
  /** Of `closed`: those that a complete file does not name. */
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
  changes: Changes;
  /** How the list names managers, where it has such a column. */
  managers?: ManagerReading | undefined;
  /** What the files do not say and the import takes for granted, in words. */
  assumed: string[];
  /** Rows of the files beside the list. */
  beside: { file: string; rows: number; accepted: number; rejected: number }[];
}

/** The list, the files beside it, and how they are read. */
export interface ToPlan {
  table: CsvTable;
  layout: Layout;
  beside: Inputs['beside'];
  settings: ImportSettings;
  view: BaselineView;
  root: string;
  reading: Reading;
  /** Where what does not fit in memory goes. */
  scratch: OpenScratch;
}

/** The counts of a difference, in the words of the report. */
export const outcomeOf = (out: Difference, absent: number, moved: number): Outcome => ({
  created: {
    org_units: out.created.org_unit,
    positions: out.created.position,
    actors: out.created.actor,
    placements: out.created.placement,
  },
  changed: out.changed,
  closed: out.closed,
  closed_as_absent: absent,
  reports_moved: moved,
  changed_by_kind: Object.fromEntries(
    Object.entries(out.updated)
      .map(([kind, n]) => [kind, n + out.ended[kind as keyof typeof out.ended]])
      .filter(([, n]) => n !== 0),
  ),
});

/** Values that stand later than what this import sets. */
export const laterFindings = (out: Difference): RowFinding[] =>
  out.later.map(({ line, id, date }) =>
    rowFinding(line, '', id, 'LATER_CHANGE', `another value stands from ${date} on`, 'Look at the later change; an import leaves it.'),
  );

/** Rows of the files beside a list, with how many of them were refused. */
export const besideCounts = (beside: Inputs['beside'], findings: readonly RowFinding[]): ImportPlan['beside'] =>
  Object.values(beside).map(({ name, table }) => {
    const rejected = new Set(findings.filter((f) => f.file === name && f.severity === 'stop').map((f) => f.line)).size;
    return { file: name, rows: table.rows.length, accepted: table.rows.length - rejected, rejected };
  });

/** Assumed where a file that is declared complete has rejected rows: what those name is there, and an id that cannot be read may be anybody's. */
export const notComplete = 'nothing closes for being absent, since rows of the file were rejected';
