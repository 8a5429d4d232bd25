import type { ImportPlan, Outcome } from '../../import/plan.ts';
import type { ManagerReading } from '../../import/managers.ts';
import { type CodeCount, countByCode, rejectedCsv } from '../../import/report.ts';
import type { Job } from './read.ts';
import type { RowFinding } from '../../import/rows.ts';

/** Rows of the report that an answer carries at most; the counts are of all. What stops comes first. */
export const MOST_FINDINGS = 5_000;

/** The answer of an import. Field names are part of the contract for scripts. `line` counts from 1 with the header. */
export interface ImportReport extends Outcome {
  import_id: string;
  /** applied: the baseline has changed. unchanged: the baseline says the same already. checked: a dry run. refused: nothing was written. */
  status: 'applied' | 'unchanged' | 'checked' | 'refused';
  refused: boolean;
  rows: number;
  accepted: number;
  rejected: number;
  findings: CodeCount[];
  /** SHA-256 of the file. */
  sha256: string;
  /** The tenant's last event position before the import. */
  position_before: number;
  /** The position of the event that made the import real; `position_before` where nothing was written. */
  event_position: number;
  file_name: string;
  format: string;
  source: string;
  encoding: string;
  delimiter: string;
  mapping: Record<string, string>;
  unknown_columns: string[];
  effective_on: string;
  dry_run: boolean;
  complete: boolean;
  repaired: { repair: string; line: number; what: string }[];
  /** Of a refused file: what would pass with `skip_rejected`. */
  would?: Outcome & { rows: number };
  rows_report: RowFinding[];
  rows_report_left_out: number;
  /** The refused rows as CSV with `error_code` and `error_message`; empty where none was. */
  rejected_csv: string;
  /** The files beside the list: histories, memberships. */
  beside: BesideReport[];
  /** How the list names managers: which column's values its manager column matches. */
  managers?: ManagerReading;
  /** What the files do not say and the import takes for granted, in words. */
  assumed: string[];
}

export interface BesideReport {
  file: string;
  format: string;
  rows: number;
  accepted: number;
  rejected: number;
  mapping: Record<string, string>;
  unknown_columns: string[];
  rejected_csv: string;
}

/** The files beside the list, as they were read and judged. */
export const besideReport = (job: Job, plan: ImportPlan): BesideReport[] =>
  Object.values(job.inputs.beside).flatMap(({ name, table, layout }) =>
    plan.beside
      .filter((b) => b.file === name)
      .map((counts) => ({
        ...counts,
        format: layout.format,
        mapping: layout.mapping,
        unknown_columns: layout.unknown,
        rejected_csv: rejectedCsv(table, plan.findings, name),
      })),
  );

const nothing: Outcome = {
  created: { org_units: 0, positions: 0, actors: 0, placements: 0 },
  changed: 0,
  closed: 0,
  closed_as_absent: 0,
  reports_moved: 0,
  changed_by_kind: {},
};

type Rest = Omit<
  ImportReport,
  | keyof Outcome
  | 'refused'
  | 'managers'
  | 'assumed'
  | 'rows'
  | 'accepted'
  | 'rejected'
  | 'findings'
  | 'repaired'
  | 'rows_report'
  | 'rows_report_left_out'
  | 'would'
>;

/** Puts a plan and what became of it into the answer. */
export const importReport = (plan: ImportPlan, rest: Rest): ImportReport => {
  const stops = plan.findings.filter((f) => f.severity === 'stop');
  const shown =
    plan.findings.length <= MOST_FINDINGS
      ? plan.findings
      : [...stops, ...plan.findings.filter((f) => f.severity !== 'stop')].slice(0, MOST_FINDINGS);
  const { import_id, status, sha256, position_before, event_position, ...more } = rest;
  return {
    import_id,
    status,
    refused: !plan.passes,
    rows: plan.rows,
    accepted: plan.accepted,
    rejected: plan.rejected,
    ...(plan.passes ? plan.outcome : nothing),
    findings: countByCode(plan.findings),
    sha256,
    position_before,
    event_position,
    ...more,
    repaired: plan.repaired,
    ...(plan.managers ? { managers: plan.managers } : {}),
    assumed: plan.assumed,
    ...(plan.passes ? {} : { would: { rows: plan.passing_rows, ...plan.outcome } }),
    rows_report: shown,
    rows_report_left_out: plan.findings.length - shown.length,
  };
};
