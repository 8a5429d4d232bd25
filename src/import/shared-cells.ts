import type { Decimal } from '../domain/decimal.ts';
import type { CellReader } from './cells.ts';
import type { Column, Layout } from './columns.ts';
import { rowFinding } from './rows.ts';
import { missing } from './values.ts';

const separator = ' > ';

/**
 * Reads the path of a row's unit below the root: the unit's own path, under its parent unit where the file has a column for it. Rows of one unit
 * share the path.
 */
export const unitPaths = (): ((cell: CellReader) => string[]) => {
  const known = new Map<string, string[]>();
  return (cell) => {
    const own = cell.text('org_unit', 1000) ?? '';
    const above = missing(cell.raw('parent_unit')) ? '' : (cell.text('parent_unit', 1000) ?? '');
    const key = `${above}\n${own}`;
    let path = known.get(key);
    if (!path) {
      path = [...above.split(separator), ...own.split(separator)].map((name) => name.trim()).filter((name) => name !== '');
      known.set(key, path);
    }
    return path;
  };
};

/** The name of a holder: as one, or first and last. */
export const holderName = (cell: CellReader): string | null => {
  const whole = cell.text('holder_name');
  if (whole !== null) return whole;
  const parts = [cell.text('holder_first_name'), cell.text('holder_last_name')].filter((p) => p !== null);
  return parts.length > 0 ? parts.join(' ') : null;
};

/** Which fields of a position the columns speak of that every list has in common. */
export const spokenByAll: Partial<Record<Column, string[]>> = {
  title: ['title'],
  org_unit: ['unit_id'],
  parent_unit: ['unit_id'],
  manager_position_id: ['reporting', 'manager_id'],
  manager_employee_id: ['reporting', 'manager_id'],
  manager_id: ['reporting', 'manager_id'],
  grade: ['grade'],
  job_family: ['job_family'],
  profession: ['job_family'],
  location: ['location'],
  country: ['country'],
  status: ['status'],
  fte: ['capacity_fte'],
  employment_type: ['employment_type'],
};

/** The fields of a position that the columns of a file speak of. */
export const fieldsSpokenOf = (layout: Layout, spoken: Partial<Record<Column, string[]>>): Set<string> =>
  new Set((Object.keys(layout.at) as Column[]).flatMap((c) => spoken[c] ?? []));

/** The id of a row, of 1 to 200 characters. `what` says in the way out whose id it is. */
export const rowId = (cell: CellReader, column: Column, what: 'row' | 'person'): string => {
  const id = cell.raw(column);
  if (missing(id) === 'empty') cell.bad(column, 'is empty', `Give every ${what} an id.`);
  else if (id.length > 200) cell.bad(column, 'has more than 200 characters', 'Shorten it.');
  return id;
};

/** The title of a row; empty, with `wayOut`, where it is not given. */
export const rowTitle = (cell: CellReader, wayOut: string): string => {
  const title = cell.text('title', 2000);
  if (title === null && !cell.broken()) cell.bad('title', 'is empty', wayOut);
  return title ?? '';
};

/** The first day and the day after the last of whoever holds the position of a row. */
export const holderDates = (
  cell: CellReader,
  line: number,
  dates: (column: Column) => string | null,
): { start: string | null; end: string | null } => {
  const start = dates('start_date');
  const end = dates('end_date');
  if (start && end && end <= start)
    cell.add(rowFinding(line, 'end_date', end, 'DATE_ORDER', `the end ${end} does not lie after the start ${start}`));
  return { start, end };
};

/** True where an actor's contract can have this FTE; a finding about the column where it cannot. */
export const contractFte = (cell: CellReader, line: number, column: Column, fte: Decimal): boolean => {
  const fits = fte.greaterThanOrEqualTo('0.01') && fte.lessThanOrEqualTo(3);
  if (!fits) cell.add(rowFinding(line, column, fte.toFixed(), 'FTE_RANGE', 'the contract FTE of an actor lies between 0.01 and 3.00'));
  return fits;
};
