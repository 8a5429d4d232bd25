import { type RowFinding, rowFinding, type SeatRow } from './rows.ts';
import { rowsById } from './structure.ts';

/** The rows that can stand when the rejected ones are left out: those whose manager stands too. Each further one gets its finding. */
export const withoutRejected = (
  rows: readonly SeatRow[],
  rejected: ReadonlySet<number>,
  known: (managerId: string) => boolean,
): { rows: SeatRow[]; findings: RowFinding[] } => {
  const findings: RowFinding[] = [];
  const out = new Set<SeatRow>(rows.filter((r) => rejected.has(r.line)));
  const stands = rowsById(rows.filter((r) => !out.has(r)));
  const reports = new Map<SeatRow, SeatRow[]>();
  const waiting: SeatRow[] = [];
  for (const row of rows) {
    if (out.has(row) || row.manager === null) continue;
    const boss = stands.get(row.manager);
    if (boss) (reports.get(boss) ?? (reports.set(boss, []).get(boss) as SeatRow[])).push(row);
    else if (!known(row.manager)) waiting.push(row);
  }
  for (let row = waiting.pop(); row; row = waiting.pop()) {
    if (out.has(row)) continue;
    out.add(row);
    findings.push(
      rowFinding(
        row.line,
        'manager_position_id',
        row.manager ?? '',
        'MANAGER_UNKNOWN',
        `the row of its manager "${row.manager}" was refused`,
        'Mend the row of the manager; this row then needs nothing.',
      ),
    );
    for (const report of reports.get(row) ?? []) if (!known(row.id)) waiting.push(report);
  }
  return { rows: rows.filter((r) => !out.has(r)), findings };
};
