import type { Column, Layout } from './columns.ts';
import type { CsvRow, CsvTable } from './csv.ts';
import { missing } from './values.ts';

/** How a file names managers, and how many of the cells match something in the file. */
export interface ManagerReading {
  /** The user's heading. */
  column: string;
  names: 'position' | 'person' | 'name' | 'email';
  matched: number;
  of: number;
}

export interface Managers {
  reading: ManagerReading | undefined;
  /** The row id of a row's manager, as the file's rows are named; null where the row names none. What matches nothing comes back as it stands. */
  of(row: CsvRow): string | null;
}

const naming: readonly [ManagerReading['names'], Column][] = [
  ['position', 'position_id'],
  ['person', 'holder_id'],
  ['email', 'holder_email'],
  ['name', 'holder_name'],
];
const nominal: readonly [Column, ManagerReading['names'] | undefined][] = [
  ['manager_position_id', 'position'],
  ['manager_employee_id', 'person'],
  ['manager_id', undefined],
];

/** Every value of a column with the row id it stands on; a value on several rows names the first, a name on several rows nobody. */
const valuesOf = (table: CsvTable, column: number, id: number, unique: boolean): Map<string, string> => {
  const found = new Map<string, string>();
  const several = new Set<string>();
  for (const { cells } of table.rows) {
    const value = cells[column] ?? '';
    if (missing(value)) continue;
    if (!found.has(value)) found.set(value, cells[id] ?? '');
    else if (unique) several.add(value);
  }
  for (const value of several) found.delete(value);
  return found;
};

/**
 * Decides what the manager column of a file names: its heading may say so; where it does not (`Manager ID`), or where nothing matches as the
 * heading says, the column whose values match most does. Of equals a position comes first.
 */
export const managersOf = (table: CsvTable, layout: Layout): Managers => {
  const [column, said] = nominal.find(([c]) => layout.at[c] !== undefined) ?? [undefined, undefined];
  if (column === undefined) return { reading: undefined, of: () => null };
  const at = layout.at[column] as number;
  const id = (layout.at.position_id ?? layout.at.holder_id) as number;
  const raw = (row: CsvRow): string | null => {
    const text = row.cells[at] ?? '';
    return missing(text) || text.toUpperCase() === 'XX' ? null : text;
  };
  const cells = table.rows.map(raw).filter((v) => v !== null);
  const judge = (names: ManagerReading['names'], by: Column) => {
    const i = layout.at[by];
    if (i === undefined) return undefined;
    const values = valuesOf(table, i, id, names === 'name' || names === 'email');
    return { names, values, matched: cells.reduce((n, v) => n + (values.has(v) ? 1 : 0), 0) };
  };
  const heading = table.header[at] as string;
  const asSaid =
    said &&
    judge(
      said,
      said === 'position' && layout.at.position_id === undefined ? 'holder_id' : said === 'position' ? 'position_id' : 'holder_id',
    );
  const best =
    asSaid && (asSaid.matched > 0 || cells.length === 0)
      ? asSaid
      : naming
          .map(([names, by]) => judge(names, by))
          .filter((j) => j !== undefined)
          .reduce((a, b) => (b.matched > a.matched ? b : a));
  // Nothing in the file matches, as in a file of a few changed rows: then the heading is believed, and the baseline asked.
  const chosen = best.matched === 0 && asSaid ? asSaid : best;
  return {
    reading: { column: heading, names: chosen.names, matched: chosen.matched, of: cells.length },
    of: (row) => {
      const text = raw(row);
      return text === null ? null : chosen.names === 'position' ? text : (chosen.values.get(text) ?? text);
    },
  };
};
