import { refuse } from '../domain/codes.ts';
import { aliases, type Column, columnNames, plainHeading, seatColumnOf, teamColumnOf } from './aliases.ts';

export { type Column, columnNames } from './aliases.ts';

/** The shapes a file can have: rows that are seats, people or teams, and files that stand beside a list of people or of teams. */
export const formatNames = {
  'uk-organogram': 'UK organogram',
  csv: 'canonical CSV',
  people: 'list of people',
  teams: 'list of teams',
  memberships: 'memberships of teams',
  pay_history: 'pay history',
  department_history: 'department history',
} as const;
export type Format = keyof typeof formatNames;

export interface Layout {
  format: Format;
  /** Where each understood column stands. */
  at: Partial<Record<Column, number>>;
  /** The same, as the user's own headings: shown before anything happens. */
  mapping: Record<string, string>;
  /** Headings nobody knows: read over. */
  unknown: string[];
}

type At = Layout['at'];

const indexOfHeading = (header: readonly string[], heading: string): number => {
  const exact = header.indexOf(heading);
  return exact >= 0 ? exact : header.findIndex((h) => plainHeading(h) === plainHeading(heading));
};

const locate = (
  header: readonly string[],
  override: Readonly<Record<string, string>>,
  meaning: (heading: string) => Column | undefined,
): { at: At; unknown: string[] } => {
  const at: At = {};
  const taken = new Set<number>();
  for (const [name, heading] of Object.entries(override)) {
    if (!Object.hasOwn(aliases, name))
      throw refuse('INPUT_INVALID', `the mapping names the column "${name}", which no import has`, {
        wayOut: `Use one of ${columnNames.join(', ')}.`,
      });
    if (heading === '') continue;
    const i = indexOfHeading(header, heading);
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
    const column = meaning(heading);
    if (column === undefined) unknown.push(heading);
    else if (column in override) return;
    else if (at[column] !== undefined)
      throw refuse('INPUT_INVALID', `the headings "${header[at[column] as number]}" and "${heading}" both mean ${column}`, {
        wayOut: 'Rename one of them, or say which is meant with a mapping file.',
      });
    else at[column] = i;
  });
  return { at, unknown };
};

const formatOf = (at: At): Format | undefined => {
  const has = (...columns: Column[]) => columns.every((c) => at[c] !== undefined);
  if (has('position_id', 'title')) {
    const organogram =
      has('manager_position_id', 'org_unit', 'profession', 'status', 'posts', 'pay_min', 'pay_max') && !has('holder_id') && !has('pay');
    return organogram ? 'uk-organogram' : 'csv';
  }
  if (has('position_id')) return undefined;
  if (has('holder_id', 'title')) return 'people';
  if (has('holder_id', 'effective_date') && (has('holder_pay') || has('holder_hourly_pay'))) return 'pay_history';
  if (has('holder_id', 'org_unit', 'start_date')) return 'department_history';
  return undefined;
};

/** `teams`: units with ids and names, and neither seats nor people. `memberships`: people by unit, without a job. */
const teamFormat = (at: At): Format | undefined => {
  if (at.org_unit_id === undefined || at.position_id !== undefined || at.title !== undefined) return undefined;
  if (at.holder_id !== undefined) return 'memberships';
  return at.unit_name === undefined ? undefined : 'teams';
};

/**
 * Finds the columns of a file and which shape it has. `override` says for a column which heading holds it (or "" for none) and wins over the
 * aliases. Refuses with INPUT_INVALID where the headings are of no known shape, or two of them claim one column.
 */
export const recognise = (header: readonly string[], override: Readonly<Record<string, string>> = {}): Layout => {
  const teams = locate(header, override, teamColumnOf);
  const ofTeams = teamFormat(teams.at);
  const { at, unknown } = ofTeams ? teams : locate(header, override, seatColumnOf);
  const format = ofTeams ?? formatOf(at);
  if (format === undefined) {
    const lacking = (['position_id', 'title'] as const).filter((c) => at[c] === undefined);
    throw refuse('INPUT_INVALID', `the file has no column for ${lacking.join(' and ')}; it has: ${header.join(', ').slice(0, 500)}`, {
      wayOut: 'Name the columns as docs/reference/import-csv.md says, or give a mapping file.',
    });
  }
  const mapping = Object.fromEntries(Object.entries(at).map(([column, i]) => [column, header[i as number] as string]));
  return { format, at, mapping, unknown };
};
