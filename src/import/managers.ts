import type { Column, Layout } from './columns.ts';
import type { CsvRow, CsvTable } from './csv.ts';
import { Numbers } from './numbers.ts';
import { TextTable } from './tables.ts';
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

/** The values of a column, each with the row id it stands on; a value on several rows names the first, a name on several rows nobody. */
class Named {
  readonly #values = new TextTable();
  /** By value the number of its row id among the ids and 1; 0 for a value that names nobody. */
  readonly #rows = new Numbers(Int32Array);
  readonly #ids: TextTable;

  constructor(table: CsvTable, column: number, id: number, unique: boolean) {
    this.#ids = column === id ? this.#values : new TextTable();
    for (const { cells } of table.rows) {
      const value = cells[column] ?? '';
      if (missing(value)) continue;
      const known = this.#values.length;
      const number = this.#values.add(value);
      if (number === known) this.#rows.set(number, this.#ids.add(cells[id] ?? '') + 1);
      else if (unique) this.#rows.set(number, 0);
    }
  }

  has(value: string): boolean {
    return this.#rows.at(this.#values.find(value)) > 0;
  }

  get(value: string): string | undefined {
    const row = this.#rows.at(this.#values.find(value));
    return row > 0 ? this.#ids.text(row - 1) : undefined;
  }
}

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
  function* given(): Generator<string> {
    for (const row of table.rows) {
      const text = raw(row);
      if (text !== null) yield text;
    }
  }
  const judge = (names: ManagerReading['names'], by: Column) => {
    const i = layout.at[by];
    if (i === undefined) return undefined;
    const values = new Named(table, i, id, names === 'name' || names === 'email');
    let matched = 0;
    let of = 0;
    for (const value of given()) {
      of += 1;
      if (values.has(value)) matched += 1;
    }
    return { names, values, matched, of };
  };
  const heading = table.header[at] as string;
  const asSaid =
    said &&
    judge(
      said,
      said === 'position' && layout.at.position_id === undefined ? 'holder_id' : said === 'position' ? 'position_id' : 'holder_id',
    );
  const best =
    asSaid && (asSaid.matched > 0 || asSaid.of === 0)
      ? asSaid
      : naming
          .map(([names, by]) => judge(names, by))
          .filter((j) => j !== undefined)
          .reduce((a, b) => (b.matched > a.matched ? b : a));
  // Nothing in the file matches, as in a file of a few changed rows: then the heading is believed, and the baseline asked.
  const chosen = best.matched === 0 && asSaid ? asSaid : best;
  return {
    reading: { column: heading, names: chosen.names, matched: chosen.matched, of: chosen.of },
    of: (row) => {
      const text = raw(row);
      return text === null ? null : chosen.names === 'position' ? text : (chosen.values.get(text) ?? text);
    },
  };
};
