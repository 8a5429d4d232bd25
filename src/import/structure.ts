import { zero } from '../domain/decimal.ts';
import type { Repairs } from './repairs.ts';
import { type RowFinding, rowFinding, type SeatRow, seatIdentity } from './rows.ts';

/** What stands outside the file and decides on its structure. */
export interface Outside {
  /** True when the manager id names a position of this source that is in force in the baseline (and stays so: not under a complete file). */
  known(managerId: string): boolean;
  /** True where several rows that report to nobody are a fault of the file. */
  oneRoot: boolean;
}

export interface Structured {
  rows: SeatRow[];
  findings: RowFinding[];
  /** Ids of rows whose manager could not be found and which the user asked to park. */
  parked: Set<SeatRow>;
  /** What the repairs did, by repair. */
  repaired: { repair: string; line: number; what: string }[];
}

/** The rows by id; a row of several posts also by the id of each of its posts. */
export const rowsById = (rows: readonly SeatRow[]): Map<string, SeatRow> => {
  const map = new Map<string, SeatRow>();
  for (const row of rows) if (!map.has(row.id)) map.set(row.id, row);
  for (const row of rows) if (!row.anonymous && row.posts > 1) for (let i = 1; i <= row.posts; i++) map.set(`${row.id}#${i}`, row);
  return map;
};

/** The id of the position that `roots=virtual` puts above all roots of a file. */
export const VIRTUAL_ROOT = '(virtual root)';
const virtualRoot = (): SeatRow => ({
  line: 0,
  id: VIRTUAL_ROOT,
  identity: VIRTUAL_ROOT,
  anonymous: false,
  manager: null,
  reporting: 'none',
  unit: { path: [], id: null, kind: null, unit_type: null, cost_centre: null },
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

/** Rows of several posts whose post has a row of its own too: `X` with two posts beside a row `X#2`. */
const doubleSeats = (rows: readonly SeatRow[]): RowFinding[] => {
  const seats = new Map<string, SeatRow>();
  const found: RowFinding[] = [];
  for (const row of rows) {
    if (row.anonymous) continue;
    for (let seat = 1; seat <= row.posts; seat++) {
      const name = seatIdentity(row, seat);
      const other = seats.get(name);
      if (other && other.id !== row.id)
        found.push(
          rowFinding(row.line, 'position_id', row.id, 'DUPLICATE_ID', `the post "${name}" is named by line ${other.line} already`),
        );
      seats.set(name, row);
    }
  }
  return found;
};

/** Loops of more than one row, each as the rows along it. Walks every row once. */
export const loopsAmong = (rows: readonly SeatRow[], managerOf: (row: SeatRow) => SeatRow | undefined): SeatRow[][] => {
  const walked = new Map<SeatRow, number>();
  const loops: SeatRow[][] = [];
  rows.forEach((start, walk) => {
    const path: SeatRow[] = [];
    let row: SeatRow | undefined = start;
    while (row && !walked.has(row)) {
      walked.set(row, walk);
      path.push(row);
      row = managerOf(row);
    }
    if (row && walked.get(row) === walk) loops.push(path.slice(path.indexOf(row)));
  });
  return loops;
};

/**
 * Judges the reporting structure of a file as a whole: double ids, rows under themselves, unknown managers, loops, several roots. Repairs that
 * the user asked for are made and recorded; what is left is found. Rows that report to a closed position of the file report to the nearest
 * open manager above it, since a closed position has no reports.
 */
export const structure = (given: readonly SeatRow[], outside: Outside, repairs: Repairs): Structured => {
  const out: Structured = { rows: [], findings: [], parked: new Set(), repaired: [] };
  const note = (repair: string, line: number, what: string) => out.repaired.push({ repair, line, what });

  const lines = new Map<string, SeatRow[]>();
  for (const row of given) if (row.id !== '') (lines.get(row.id) ?? (lines.set(row.id, []).get(row.id) as SeatRow[])).push(row);
  const kept = (row: SeatRow): boolean => {
    const same = lines.get(row.id);
    if (!same || same.length === 1) return true;
    const first = same[0] as SeatRow;
    const keep = repairs.duplicates === 'last' ? (same.at(-1) as SeatRow) : first;
    if (repairs.duplicates) {
      if (row !== keep) note(`duplicates=${repairs.duplicates}`, row.line, `left out: "${row.id}" stands on line ${keep.line} too`);
      return row === keep;
    }
    if (row !== first)
      out.findings.push(rowFinding(row.line, 'position_id', row.id, 'DUPLICATE_ID', `"${row.id}" stands on line ${first.line} already`));
    return true;
  };
  // The rows are this reading's own: they are mended in place, since a copy of each would double the memory of a large file.
  const rows = given.filter(kept);
  out.findings.push(...doubleSeats(rows));
  const index = rowsById(rows);
  const declaredRoots = new Set<SeatRow>();

  for (const row of rows) {
    if (row.manager === null) continue;
    const boss = index.get(row.manager);
    if (row.manager === row.id) {
      if (repairs.self === 'root') {
        note('self=root', row.line, `"${row.id}" reported to itself and now reports to nobody`);
        Object.assign(row, { manager: null, reporting: 'none' });
        declaredRoots.add(row);
      } else out.findings.push(rowFinding(row.line, 'manager_position_id', row.manager, 'SELF_MANAGER', `"${row.id}" reports to itself`));
    } else if (boss && boss.id === row.manager && boss.posts > 1)
      out.findings.push(
        rowFinding(
          row.line,
          'manager_position_id',
          row.manager,
          'MANAGER_UNKNOWN',
          `"${row.manager}" on line ${boss.line} stands for ${boss.posts} posts`,
          `Name one of them, e.g. ${row.manager}#1.`,
        ),
      );
    else if (!boss && !outside.known(row.manager)) {
      if (repairs.orphans === 'park') {
        note('orphans=park', row.line, `"${row.id}" stands under "Unplaced": its manager "${row.manager}" is not known`);
        Object.assign(row, {
          manager: null,
          reporting: 'none',
          unit: { ...row.unit, path: ['Unplaced'], id: null, kind: null },
          head: false,
        });
        out.parked.add(row);
      } else
        out.findings.push(
          rowFinding(
            row.line,
            'manager_position_id',
            row.manager,
            'MANAGER_UNKNOWN',
            `the manager "${row.manager}" is neither in the file nor in the baseline`,
          ),
        );
    }
  }

  const bossOf = (row: SeatRow) => (row.manager === null || row.manager === row.id ? undefined : index.get(row.manager));
  const looped = loopsAmong(rows, bossOf);
  for (const loop of looped) {
    const ids = [...loop, loop[0] as SeatRow].map((r) => r.id).join(' -> ');
    for (const row of loop)
      out.findings.push(
        rowFinding(row.line, 'manager_position_id', row.manager ?? '', 'REPORTS_CYCLE', `the rows report in a loop: ${ids}`),
      );
  }

  if (looped.length === 0)
    for (const row of rows) {
      let boss = bossOf(row);
      if (row.status === 'closed' || boss?.status !== 'closed') continue;
      const closed = boss;
      row.rerouted = true;
      while (boss?.status === 'closed' && boss.manager !== boss.id) {
        const above: string | null = boss.manager;
        row.manager = above;
        if (above === null) row.reporting = 'none';
        boss = above === null ? undefined : index.get(above);
      }
      out.findings.push({
        ...rowFinding(
          row.line,
          'manager_position_id',
          closed.id,
          'REPORTS_TARGET',
          `the manager "${closed.id}" is closed; the row reports to ${row.manager === null ? 'nobody' : `"${row.manager}"`}, the next open one above`,
          'Name the manager who took over.',
        ),
        severity: 'warn',
      });
    }

  const roots = rows.filter((r) => r.reporting === 'none' && r.status !== 'closed' && !out.parked.has(r) && !declaredRoots.has(r));
  if (outside.oneRoot && roots.length + declaredRoots.size > 1) {
    if (repairs.roots === 'virtual') {
      for (const row of [...roots, ...declaredRoots]) {
        note('roots=virtual', row.line, `"${row.id}" reports to the virtual root`);
        Object.assign(row, { manager: VIRTUAL_ROOT, reporting: 'explicit' });
      }
      rows.push(virtualRoot());
    } else
      for (const row of roots.slice(1))
        out.findings.push(
          rowFinding(
            row.line,
            'manager_position_id',
            '',
            'MULTIPLE_ROOTS',
            `"${row.id}" reports to nobody, as "${(roots[0] as SeatRow).id}" on line ${(roots[0] as SeatRow).line} does`,
          ),
        );
  }
  out.rows = rows;
  return out;
};
