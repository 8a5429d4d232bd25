import { cellReader, type CellReader } from './cells.ts';
import type { Input } from './inputs.ts';
import { type Reading, type RowFinding, rowFinding } from './rows.ts';
import { holderName } from './shared-cells.ts';
import { missing, readYes } from './values.ts';

export interface TeamRow {
  line: number;
  /** The id in the file; under the row's `source`, where the file has that column. */
  key: string;
  parent: string | null;
  name: string;
  kind: 'team' | 'system';
  type: string | null;
  purpose: string | null;
}

export interface MemberRow {
  line: number;
  team: string;
  person: string;
  /** As the file says it: the same person may lead a team and be a member of it. */
  said: string;
  role: 'lead' | 'member';
  ended: boolean;
  allocation: string;
  primary: boolean | null;
  name: string | null;
  email: string | null;
}

/** Words for "leads the team"; `co_`, `tech_`, `team_` and `vice_` before them mean the same. */
const leads = /^((co|tech|team|vice)_)?(lead|leader|chair|maintainer|admin|owner|manager|head|coordinator)$/;
const members = /^(member|contributor|participant|reviewer|approver|liaison|observer|guest|triager|committer)$/;
/** Words for a membership that has ended; what follows `emeritus_` or `former_` is the role that was. */
const ended = /^(alumnus|alumna|alumni|emeritus|emerita|former|ended|inactive|past)(_(.+))?$/;
/** Types of a team that stand for a whole organisation of them. */
const systems = new Set(['github_org', 'organization', 'organisation', 'org', 'community', 'system']);

const keyOf = (cell: CellReader, column: 'org_unit_id' | 'parent_team_id' | 'holder_id'): string | null => {
  const id = cell.text(column, 150);
  const source = cell.text('source', 50);
  return id === null ? null : source === null ? id : `${source}/${id}`;
};

const roleOf = (text: string): Pick<MemberRow, 'role' | 'ended'> | undefined => {
  const word = text
    .toLowerCase()
    .trim()
    .replace(/[\s-]+/g, '_');
  const past = ended.exec(word);
  const role = past ? (past[3] ?? 'member') : word;
  if (leads.test(role)) return { role: 'lead', ended: past !== null };
  return members.test(role) ? { role: 'member', ended: past !== null } : undefined;
};

/** The teams of a file. Rows that cannot be read are findings and left out. */
export const readTeams = (input: Input, reading: Reading, findings: RowFinding[]): TeamRow[] => {
  const cell = cellReader(input.layout, findings, reading.currency, reading.rates);
  const rows: TeamRow[] = [];
  for (const row of input.table.rows) {
    cell.take(row, input.table.header.length);
    const key = keyOf(cell, 'org_unit_id');
    const name = cell.text('unit_name');
    if (key === null) cell.bad('org_unit_id', 'is empty', 'Give every team an id.');
    if (name === null && !cell.broken()) cell.bad('unit_name', 'is empty', 'Give the team a name.');
    const type = cell.text('unit_type');
    const purpose = cell.text('unit_purpose', 2000);
    const parent = keyOf(cell, 'parent_team_id');
    if (key === null || name === null || cell.broken()) continue;
    rows.push({ line: row.line, key, parent, name, kind: systems.has(type?.toLowerCase() ?? '') ? 'system' : 'team', type, purpose });
  }
  return rows;
};

/** The memberships of a file. Rows that cannot be read are findings and left out. */
export const readMemberships = (input: Input, reading: Reading, findings: RowFinding[]): MemberRow[] => {
  const cell = cellReader(input.layout, findings, reading.currency, reading.rates);
  const rows: MemberRow[] = [];
  for (const row of input.table.rows) {
    cell.take(row, input.table.header.length);
    const team = keyOf(cell, 'org_unit_id');
    const person = keyOf(cell, 'holder_id');
    if (team === null) cell.bad('org_unit_id', 'is empty', 'Name the team.');
    if (person === null) cell.bad('holder_id', 'is empty', 'Name the person.');
    const said = missing(cell.raw('placement_role')) ? 'member' : cell.raw('placement_role');
    const role = roleOf(said);
    if (role === undefined)
      cell.bad(
        'placement_role',
        'is no known role',
        'Use lead or member; alumnus, emeritus_lead or former_member for a membership that has ended.',
      );
    const allocation = cell.number('allocation');
    if (allocation?.greaterThan(300))
      cell.add(rowFinding(row.line, 'allocation', allocation.toFixed(), 'FTE_RANGE', 'an allocation lies between 0 and 300 %'));
    const primary = cell.read('primary', readYes);
    if (team === null || person === null || role === undefined || cell.broken()) continue;
    rows.push({
      line: row.line,
      team,
      person,
      said,
      ...role,
      allocation: allocation?.toFixed() ?? '0',
      primary,
      name: holderName(cell),
      email: cell.text('holder_email'),
    });
  }
  return rows;
};
