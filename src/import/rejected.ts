import type { Column } from './columns.ts';
import { Numbers } from './numbers.ts';
import { type RowFinding, rowFinding } from './rows.ts';
import type { SeatRows } from './seat-rows.ts';

/** The rows that can stand when the rejected ones are left out: those whose manager stands too. Each further one gets its finding. */
export const withoutRejected = (
  rows: SeatRows,
  rejected: ReadonlySet<number>,
  known: (managerId: string) => boolean,
  column: Column,
): { rows: SeatRows; findings: RowFinding[] } => {
  const findings: RowFinding[] = [];
  const out = new Set<number>();
  for (const n of rows.numbers()) if (rejected.has(rows.line.at(n))) out.add(n);
  const stands = rows.without((n) => out.has(n)).index();
  /** By manager its last report and 1; by report the one before it. */
  const last = new Numbers(Int32Array);
  const before = new Numbers(Int32Array);
  const waiting: number[] = [];
  for (const n of rows.numbers()) {
    const manager = rows.manager.at(n) - 1;
    if (out.has(n) || manager < 0) continue;
    const boss = stands.at(manager) - 1;
    if (boss >= 0) {
      before.set(n, last.at(boss));
      last.set(boss, n + 1);
    } else if (!known(rows.ids.text(manager))) waiting.push(n);
  }
  for (let n = waiting.pop(); n !== undefined; n = waiting.pop()) {
    if (out.has(n)) continue;
    out.add(n);
    const manager = rows.managerOf(n) ?? '';
    findings.push(
      rowFinding(
        rows.line.at(n),
        column,
        manager,
        'MANAGER_UNKNOWN',
        `the row of its manager "${manager}" was refused`,
        'Mend the row of the manager; this row then needs nothing.',
      ),
    );
    if (known(rows.idOf(n))) continue;
    for (let report = last.at(n); report > 0; report = before.at(report - 1)) waiting.push(report - 1);
  }
  return { rows: out.size === 0 ? rows : rows.without((n) => out.has(n)), findings };
};
