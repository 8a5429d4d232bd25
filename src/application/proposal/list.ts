import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { operation } from '../operation.ts';
import { basisOutput, printBasis, resolveBasis } from '../read/basis.ts';
import { findScenario, visibleScenario } from '../read/visibility.ts';

export const proposalStates = ['planned', 'confirmed', 'withdrawn', 'expired'] as const;

const input = z.strictObject({
  scenario_id: uuid.optional().describe('Only proposals of this scenario.'),
  state: z.enum(proposalStates).optional(),
  mine: z.boolean().optional().describe('Only proposals you planned.'),
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(40).optional().describe('From the answer before: the next page.'),
});

/** What every answer about a proposal says. */
export const proposalOutput = z.object({
  id: uuid,
  scenario_id: uuid,
  scenario_name: z.string(),
  title: z.string(),
  state: z.enum(proposalStates),
  planner: uuid,
  mine: z.boolean(),
  digest: z.string(),
  expires_at: z.string(),
  content_version: z.int().describe('The version of the scenario it was planned on.'),
  stale: z.boolean().describe('It waits, and the content moved since: confirming decides it again.'),
  change_count: z.int(),
  warnings: z.int(),
  approval_required: z.boolean(),
  replaces: uuid.optional(),
  planned_position: z.int(),
  confirmed: z.object({ event_position: z.int(), content_version: z.int(), by: uuid }).optional(),
});

const output = z.object({
  proposals: z.array(proposalOutput),
  total: z.int(),
  cursor: z.string().optional().describe('Present when more follow.'),
  basis: basisOutput,
});

export interface ProposalRow {
  id: string;
  scenario_id: string;
  scenario_name: string;
  scenario_version: number;
  title: string;
  state: (typeof proposalStates)[number];
  planner: string;
  digest: string;
  expires_at: string;
  content_version: number;
  change_count: number;
  warnings: number;
  approval_required: boolean;
  replaces: string | null;
  planned_position: number;
  confirmed_position: number | null;
  confirmed_content_version: number | null;
  confirmed_by: string | null;
}

const effectiveState = `case when p.state = 'planned' and p.expires_at <= $2::timestamptz then 'expired' else p.state end`;
const joined = `from proposal_version p join scenario_version s on s.tenant = p.tenant and s.id = p.scenario_id and s.to_position = 9223372036854775807
  where p.tenant = $1::int and p.to_position = 9223372036854775807 and $2::timestamptz is not null`;

/** Rows of proposals as they stand now; `where` adds conditions, `rest` order and limit. $1 is the tenant, $2 the present instant. */
export const proposalRows = (deps: Deps, values: readonly unknown[], where: string, rest: string): Promise<ProposalRow[]> =>
  deps.sql.query<ProposalRow>(
    `select p.id, p.scenario_id, s.name as scenario_name, s.content_version as scenario_version, p.title, ${effectiveState} as state, p.planner, p.digest,
       to_char(p.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as expires_at, p.content_version, p.change_count, p.warnings, p.approval_required,
       p.replaces, p.planned_position::float8 as planned_position, p.confirmed_position::float8 as confirmed_position, p.confirmed_content_version, p.confirmed_by
     ${joined} and ${where} ${rest}`,
    [...values],
  );

export const showProposal = (row: ProposalRow, user: string): z.input<typeof proposalOutput> => {
  const { scenario_version, replaces, confirmed_position, confirmed_content_version, confirmed_by, ...rest } = row;
  return {
    ...rest,
    mine: row.planner === user,
    stale: row.state === 'planned' && row.content_version !== scenario_version,
    ...(replaces === null ? {} : { replaces }),
    ...(confirmed_position === null || confirmed_content_version === null || confirmed_by === null
      ? {}
      : { confirmed: { event_position: confirmed_position, content_version: confirmed_content_version, by: confirmed_by } }),
  };
};

/** Proposals of the scenarios the caller may see, newest first. */
export const listProposals = async (deps: Deps, caller: Caller, given: z.output<typeof input>): Promise<z.input<typeof output>> => {
  need(caller, 'scenarios.read');
  if (given.cursor !== undefined && !/^\d{1,15}$/.test(given.cursor))
    throw refuse('INPUT_INVALID', 'this cursor is none of scenario.action.list', {
      wayOut: 'Leave the cursor out to begin at the first page.',
    });
  if (given.scenario_id !== undefined) await findScenario(deps, caller, given.scenario_id);
  const values: unknown[] = [caller.tenant, deps.now().toISOString()];
  const put = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const where = [
    visibleScenario(caller, 's', (user) => put(user, 'uuid')),
    ...(given.scenario_id ? [`p.scenario_id = ${put(given.scenario_id, 'uuid')}`] : []),
    ...(given.state ? [`${effectiveState} = ${put(given.state, 'text')}`] : []),
    ...(given.mine ? [`p.planner = ${put(caller.user.id, 'uuid')}`] : []),
  ].join(' and ');
  const [counted] = await deps.sql.query<{ total: number }>(`select count(*)::int as total ${joined} and ${where}`, [...values]);
  const before = given.cursor === undefined ? 'true' : `p.planned_position < ${put(given.cursor, 'bigint')}`;
  const rows = await proposalRows(
    deps,
    values,
    `${where} and ${before}`,
    `order by p.planned_position desc limit ${put(given.limit + 1, 'int')}`,
  );
  const page = rows.slice(0, given.limit);
  const last = page.at(-1);
  return {
    proposals: page.map((row) => showProposal(row, caller.user.id)),
    total: counted?.total ?? 0,
    ...(rows.length > given.limit && last ? { cursor: String(last.planned_position) } : {}),
    basis: printBasis(await resolveBasis(deps, caller, given.scenario_id ? { scenario_id: given.scenario_id } : {})),
  };
};

export const list = operation({
  name: 'scenario.action.list',
  title: 'List proposals',
  summary: 'Lists proposals of the scenarios you can see, newest first: what waits, what was confirmed, withdrawn or has expired.',
  input,
  output,
  abilities: ['scenarios.read'],
  readOnly: true,
  run: listProposals,
});
