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

/** The column in which a file names managers, where it does. */
export const managerColumnOf = (layout: Layout): Column | undefined => nominal.find(([c]) => layout.at[c] !== undefined)?.[0];

/** Names and e-mails are the same whatever their case and however their accents are composed; ids are text as it stands. */
const folded = (text: string): string => text.normalize('NFC').toLowerCase();
const asIs = (text: string): string => text;

/**
 * The values of a column, each with the row id it stands on; a value on several rows names the first, a name on several rows nobody. The managers
 * that rows name are counted on the way.
 */
class Named {
  readonly #values = new TextTable();
  /** By value the number of its row id among the ids and 1; 0 for a value that names nobody. */
  readonly #rows = new Numbers(Int32Array);
  readonly #ids: TextTable;
  readonly #same: (text: string) => string;
  readonly of: number;
  readonly matched: number;

  constructor(table: CsvTable, column: number, id: number, unique: boolean, managerOf: (row: CsvRow) => string | null) {
    this.#same = unique ? folded : asIs;
    this.#ids = column === id ? this.#values : new TextTable();
    const met = new Numbers(Uint8Array);
    const managers = new Numbers(Int32Array);
    for (const row of table.rows) {
      const manager = managerOf(row);
      if (manager !== null) managers.push(this.#values.add(this.#same(manager)));
      const value = row.cells[column] ?? '';
      if (missing(value)) continue;
      const number = this.#values.add(this.#same(value));
      if (met.at(number) === 0) this.#rows.set(number, this.#ids.add(row.cells[id] ?? '') + 1);
      else if (unique) this.#rows.set(number, 0);
      met.set(number, 1);
    }
    this.of = managers.length;
    let matched = 0;
    for (let i = 0; i < managers.length; i++) if (this.#rows.at(managers.at(i)) > 0) matched += 1;
    this.matched = matched;
  }

  get(value: string): string | undefined {
    const row = this.#rows.at(this.#values.find(this.#same(value)));
    return row > 0 ? this.#ids.text(row - 1) : undefined;
  }
}

const judged = (table: CsvTable, layout: Layout): Managers => {
  const [column, said] = nominal.find(([c]) => layout.at[c] !== undefined) ?? [undefined, undefined];
  if (column === undefined) return { reading: undefined, of: () => null };
  const at = layout.at[column] as number;
  const id = (layout.at.position_id ?? layout.at.holder_id) as number;
  const raw = (row: CsvRow): string | null => {
    const text = row.cells[at] ?? '';
    return missing(text) || text.toUpperCase() === 'XX' ? null : text;
  };
  const judge = (names: ManagerReading['names'], by: Column) => {
    const i = layout.at[by];
    if (i === undefined) return undefined;
    const values = new Named(table, i, id, names === 'name' || names === 'email', raw);
    return { names, values, matched: values.matched, of: values.of };
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
  const reading: ManagerReading = { column: heading, names: chosen.names, matched: chosen.matched, of: chosen.of };
  // A row names its manager as rows are named: the values are of no use any more, and are not held.
  if (chosen.names === 'position') return { reading, of: raw };
  const { values } = chosen;
  return {
    reading,
    of: (row) => {
      const text = raw(row);
      return text === null ? null : (values.get(text) ?? text);
    },
  };
};

/** What was found out about tables of which nothing more has to be held than that. */
const known = new WeakMap<Layout, Managers>();

/**
 * Decides what the manager column of a file names: its heading may say so; where it does not (`Manager ID`), or where nothing matches as the
 * heading says, the column whose values match most does. Of equals a position comes first.
 */
export const managersOf = (table: CsvTable, layout: Layout): Managers => {
  const before = known.get(layout);
  if (before) return before;
  const found = judged(table, layout);
  if (found.reading?.names === 'position') known.set(layout, found);
  return found;
};
