import { refuse } from '../domain/codes.ts';

/** The columns an import understands, each with the other names sources give it. Names are compared lower-cased, letters and digits only. */
const aliases = {
  position_id: ['post unique reference', 'position number', 'position code', 'job id'],
  manager_position_id: ['reports to senior post', 'reporting senior post', 'reports to', 'manager position', 'reports to position id'],
  reporting: [],
  org_unit: ['unit', 'department', 'org unit path', 'unit path'],
  org_unit_id: ['unit id', 'department id'],
  organisation: ['organization'],
  unit_kind: [],
  unit_type: [],
  cost_centre: ['cost center'],
  unit_head: ['is unit head', 'head of unit'],
  title: ['job title', 'position title', 'generic job title'],
  grade: ['level', 'grade or equivalent'],
  profession: ['professional occupational group'],
  job_family: ['family'],
  location: ['site', 'office'],
  country: ['country code'],
  status: ['position status', 'post status'],
  fte: ['capacity fte', 'full time equivalent'],
  posts: ['count', 'number of posts', 'number of posts in fte'],
  employment_type: ['contract type', 'worker type'],
  pay: ['target pay', 'pay amount'],
  pay_min: ['salary min', 'payscale minimum'],
  pay_max: ['salary max', 'payscale maximum'],
  pay_basis: [],
  currency: ['pay currency'],
  fx_rate: [],
  holder_id: ['employee id', 'person id', 'worker id', 'actor id'],
  holder_kind: ['actor kind'],
  holder_name: ['employee name', 'full name'],
  holder_email: ['work email', 'email address'],
  holder_fte: ['contract fte'],
  holder_employment_type: [],
  holder_country: [],
  allocation: ['allocation percent'],
  primary: ['is primary'],
  placement_role: [],
  holder_pay: ['actual pay', 'base salary'],
  holder_pay_basis: [],
  holder_currency: [],
  start_date: ['hire date', 'start'],
  end_date: ['termination date', 'end'],
  source: [],
} as const satisfies Record<string, readonly string[]>;

export type Column = keyof typeof aliases;
export type Format = 'uk-organogram' | 'csv';
export const formatNames: Record<Format, string> = { 'uk-organogram': 'UK organogram', csv: 'canonical CSV' };

/** Every column an import understands, for help texts. */
export const columnNames = Object.keys(aliases) as Column[];

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
const byName = new Map<string, Column>(columnNames.flatMap((c) => [c, ...aliases[c]].map((n) => [plain(n), c] as const)));

export interface Layout {
  format: Format;
  /** Where each understood column stands. */
  at: Partial<Record<Column, number>>;
  /** The same, as the user's own headings: shown before anything happens. */
  mapping: Record<string, string>;
  /** Headings nobody knows: read over. */
  unknown: string[];
}

/**
 * Finds the columns of a file and which shape it has. `override` says for a column which heading holds it (or "" for none) and wins over the
 * aliases. Refuses with INPUT_INVALID where the shape has no ids and titles, or two headings claim one column.
 */
export const recognise = (header: readonly string[], override: Readonly<Record<string, string>> = {}): Layout => {
  const at: Partial<Record<Column, number>> = {};
  const taken = new Set<number>();
  for (const [name, heading] of Object.entries(override)) {
    if (!(name in aliases))
      throw refuse('INPUT_INVALID', `the mapping names the column "${name}", which no import has`, {
        wayOut: `Use one of ${columnNames.join(', ')}.`,
      });
    if (heading === '') continue;
    const i = header.findIndex((h) => h === heading) >= 0 ? header.indexOf(heading) : header.findIndex((h) => plain(h) === plain(heading));
    if (i < 0)
      throw refuse('INPUT_INVALID', `the mapping looks for the heading "${heading}", which the file does not have`, {
        wayOut: `The file has: ${header.join(', ')}.`,
      });
    at[name as Column] = i;
    taken.add(i);
  }
  const unknown: string[] = [];
  header.forEach((heading, i) => {
    if (taken.has(i)) return;
    const column = byName.get(plain(heading));
    if (column === undefined) unknown.push(heading);
    else if (column in override) return;
    else if (at[column] !== undefined)
      throw refuse('INPUT_INVALID', `the headings "${header[at[column] as number]}" and "${heading}" both mean ${column}`, {
        wayOut: 'Rename one of them, or say which is meant with a mapping file.',
      });
    else at[column] = i;
  });
  const has = (...columns: Column[]) => columns.every((c) => at[c] !== undefined);
  if (!has('position_id', 'title')) {
    const lacking = (['position_id', 'title'] as const).filter((c) => at[c] === undefined);
    throw refuse('INPUT_INVALID', `the file has no column for ${lacking.join(' and ')}; it has: ${header.join(', ').slice(0, 500)}`, {
      wayOut: 'Name the columns as docs/reference/import-csv.md says, or give a mapping file.',
    });
  }
  const organogram =
    has('manager_position_id', 'org_unit', 'profession', 'status', 'posts', 'pay_min', 'pay_max') && !has('holder_id') && !has('pay');
  const mapping = Object.fromEntries(Object.entries(at).map(([column, i]) => [column, header[i as number] as string]));
  return { format: organogram ? 'uk-organogram' : 'csv', at, mapping, unknown };
};
