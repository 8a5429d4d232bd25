import { Numbers } from './numbers.ts';
import type { Column } from './columns.ts';
import { findDoubleSeats, withoutDoubles } from './doubles.ts';
import type { ManagerReading } from './managers.ts';
import type { Repairs } from './repairs.ts';
import { shownLoop } from './shown-loop.ts';
import { type RowFinding, rowFinding } from './rows.ts';
import { VIRTUAL_ROOT } from './seat-row-codec.ts';
import { CLOSED, MENDED, PARKED, REROUTED, TO_NOBODY } from './seat-marks.ts';
import type { SeatRows } from './seat-rows.ts';

/** What stands outside the file and decides on its structure. */
export interface Outside {
  /** True when the manager id names a position of this source that is in force in the baseline (and stays so: not under a complete file). */
  known(managerId: string): boolean;
  /** The column that names managers, and how its values name them. */
  manager: { column: Column; by: ManagerReading['names'] };
  /** True where several rows that report to nobody are a fault of the file. */
  oneRoot: boolean;
}

/** What is said of a manager that no row is named by. */
const nowhere = {
  position: 'is neither in the file nor in the baseline',
  person: 'is neither in the file nor in the baseline',
  email: 'is the e-mail of nobody in the file, or of several',
  name: 'is the name of nobody in the file, or of several',
} as const;

export interface Structured {
  rows: SeatRows;
  findings: RowFinding[];
  /** What the repairs did, by repair. */
  repaired: { repair: string; line: number; what: string }[];
}

/** Loops of more than one row, each as the rows along it. Walks every row once. */
const loopsAmong = (rows: SeatRows, bossOf: (n: number) => number): number[][] => {
  const walked = new Numbers(Int32Array);
  const loops: number[][] = [];
  for (const start of rows.numbers()) {
    let n = start;
    while (n >= 0 && walked.at(n) === 0) {
      walked.set(n, start + 1);
      n = bossOf(n);
    }
    if (n < 0 || walked.at(n) !== start + 1) continue;
    const loop = [n];
    for (let next = bossOf(n); next !== n; next = bossOf(next)) loop.push(next);
    loops.push(loop);
  }
  return loops;
};

/**
 * Judges the reporting structure of a file as a whole: double ids, rows under themselves, unknown managers, loops, several roots. Repairs that
 * the user asked for are made and recorded; what is left is found. Rows that report to a closed position of the file report to the nearest
 * open manager above it, since a closed position has no reports.
 */
export const structure = (rows: SeatRows, outside: Outside, repairs: Repairs): Structured => {
  const out: Structured = { rows, findings: [], repaired: [] };
  const note = (repair: string, line: number, what: string) => out.repaired.push({ repair, line, what });
  const found = (n: number, value: string, code: RowFinding['code'], message: string, suggestion?: string) =>
    out.findings.push(rowFinding(rows.line.at(n), outside.manager.column, value, code, message, suggestion));

  withoutDoubles(rows, repairs, out);
  findDoubleSeats(rows, out.findings);
  const index = rows.index();
  const declaredRoots = new Set<number>();
  const toNobody = (n: number): void => {
    rows.manager.set(n, 0);
    rows.mark(n, MENDED | TO_NOBODY);
  };

  for (const n of rows.numbers()) {
    const manager = rows.manager.at(n) - 1;
    if (manager < 0) continue;
    const boss = index.at(manager) - 1;
    if (manager === rows.id.at(n)) {
      if (repairs.self === 'root') {
        note('self=root', rows.line.at(n), `"${rows.idOf(n)}" reported to itself and now reports to nobody`);
        toNobody(n);
        declaredRoots.add(n);
      } else found(n, rows.idOf(n), 'SELF_MANAGER', `"${rows.idOf(n)}" reports to itself`);
    } else if (boss >= 0 && rows.id.at(boss) === manager && rows.posts.at(boss) > 1) {
      const name = rows.ids.text(manager);
      found(
        n,
        name,
        'MANAGER_UNKNOWN',
        `"${name}" on line ${rows.line.at(boss)} stands for ${rows.posts.at(boss)} posts`,
        `Name one of them, e.g. ${name}#1.`,
      );
    } else if (boss < 0 && !outside.known(rows.ids.text(manager))) {
      const name = rows.ids.text(manager);
      if (repairs.orphans === 'park') {
        note('orphans=park', rows.line.at(n), `"${rows.idOf(n)}" stands under "Unplaced": its manager "${name}" is not known`);
        toNobody(n);
        rows.mark(n, PARKED);
      } else found(n, name, 'MANAGER_UNKNOWN', `the manager "${name}" ${nowhere[outside.manager.by]}`);
    }
  }

  const bossOf = (n: number): number => {
    const manager = rows.manager.at(n) - 1;
    return manager < 0 || manager === rows.id.at(n) ? -1 : index.at(manager) - 1;
  };
  const looped = loopsAmong(rows, bossOf);
  for (const loop of looped) {
    const ids = shownLoop(loop, (n) => rows.idOf(n));
    for (const n of loop) found(n, rows.managerOf(n) ?? '', 'REPORTS_CYCLE', `the rows report in a loop: ${ids}`);
  }
  if (looped.length === 0) passClosed(rows, index, bossOf, outside.manager.column, out.findings);

  const roots = [...rows.numbers()].filter((n) => rows.is(n, TO_NOBODY) && !rows.is(n, CLOSED | PARKED) && !declaredRoots.has(n));
  if (outside.oneRoot && roots.length + declaredRoots.size > 1) {
    if (repairs.roots === 'virtual') {
      for (const n of [...roots, ...declaredRoots]) {
        note('roots=virtual', rows.line.at(n), `"${rows.idOf(n)}" reports to the virtual root`);
        rows.manager.set(n, rows.ids.add(VIRTUAL_ROOT) + 1);
        rows.unmark(n, TO_NOBODY);
        rows.mark(n, MENDED);
      }
      rows.addVirtualRoot();
    } else {
      const [first, ...others] = roots as [number, ...number[]];
      for (const n of others)
        found(n, '', 'MULTIPLE_ROOTS', `"${rows.idOf(n)}" reports to nobody, as "${rows.idOf(first)}" on line ${rows.line.at(first)} does`);
    }
  }
  return out;
};

/** Lets rows under a closed manager report to the next open one above. */
const passClosed = (
  rows: SeatRows,
  index: Numbers<Int32Array>,
  bossOf: (n: number) => number,
  column: Column,
  findings: RowFinding[],
): void => {
  for (const n of rows.numbers()) {
    let boss = bossOf(n);
    if (rows.is(n, CLOSED) || boss < 0 || !rows.is(boss, CLOSED)) continue;
    const closed = boss;
    rows.mark(n, MENDED | REROUTED);
    while (boss >= 0 && rows.is(boss, CLOSED) && rows.manager.at(boss) - 1 !== rows.id.at(boss)) {
      const above: number = rows.manager.at(boss) - 1;
      rows.manager.set(n, above + 1);
      if (above < 0) rows.mark(n, TO_NOBODY);
      boss = above < 0 ? -1 : index.at(above) - 1;
    }
    const to = rows.managerOf(n);
    findings.push({
      ...rowFinding(
        rows.line.at(n),
        column,
        rows.idOf(closed),
        'REPORTS_TARGET',
        `the manager "${rows.idOf(closed)}" is closed; the row reports to ${to === null ? 'nobody' : `"${to}"`}, the next open one above`,
        'Name the manager who took over.',
      ),
      severity: 'warn',
    });
  }
};
