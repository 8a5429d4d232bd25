import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import type { Deps } from '../context.ts';
import { successor } from './load.ts';

/** `expired` and `replaced` are states of a proposal that waits: no event says them of it. */
export const proposalStates = ['planned', 'confirmed', 'withdrawn', 'replaced', 'expired'] as const;

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
  replaced_by: uuid.optional().describe('The proposal that amends it; this one cannot be confirmed any more.'),
  planned_position: z.int(),
  confirmed: z.object({ event_position: z.int(), content_version: z.int(), by: uuid }).optional(),
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
  replaced_by: string | null;
  planned_position: number;
  confirmed_position: number | null;
  confirmed_content_version: number | null;
  confirmed_by: string | null;
}

/** The point at which proposals are looked at: a position, and the instant at which expiry is judged (ISO UTC). */
export interface Moment {
  position: number;
  instant: string;
}

/**
 * SQL for the state of a row of `proposal_version p` with its successor `r.replaced_by`. Confirmed and withdrawn stay so,
 * whatever comes later.
 */
const state = (instant: string): string =>
  `case when p.state <> 'planned' then p.state when r.replaced_by is not null then 'replaced' when p.expires_at <= ${instant} then 'expired' else 'planned' end`;

/**
 * The same as a condition on `proposal_version p`, by columns alone: a list counts every proposal of a state, and looking the successor of
 * each up, one by one, would cost more than everything else.
 */
const inState = (wanted: (typeof proposalStates)[number], position: string, instant: string): string => {
  const replaced = `exists (select from proposal_version q where q.tenant = p.tenant and q.replaces = p.id and q.planned_position <= ${position}::bigint)`;
  switch (wanted) {
    case 'confirmed':
    case 'withdrawn':
      return `p.state = '${wanted}'`;
    case 'replaced':
      return `p.state = 'planned' and ${replaced}`;
    case 'expired':
      return `p.state = 'planned' and p.expires_at <= ${instant} and not ${replaced}`;
    case 'planned':
      return `p.state = 'planned' and p.expires_at > ${instant} and not ${replaced}`;
    default:
      return wanted satisfies never;
  }
};

/** Builds a statement over proposals and their scenarios at a moment; conditions use the aliases p, r, s and `inState`. */
export const proposalsAt = (tenant: number, moment: Moment) => {
  const values: unknown[] = [tenant, moment.position, moment.instant];
  const put = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const live = (alias: string) => `${alias}.from_position <= $2::bigint and ${alias}.to_position > $2::bigint`;
  // Who may see a scenario is judged as it stands now (n), what it held as it stood then (s).
  const from = `from proposal_version p
    join scenario_version s on s.tenant = p.tenant and s.id = p.scenario_id and ${live('s')}
    join scenario_version n on n.tenant = p.tenant and n.id = p.scenario_id and n.to_position = 9223372036854775807
    cross join lateral (select ${successor('p', '$2')} as replaced_by) r
    where p.tenant = $1::int and ${live('p')} and $3::timestamptz is not null`;
  return {
    put,
    inState: (wanted: (typeof proposalStates)[number]) => inState(wanted, '$2', '$3::timestamptz'),
    count: async (deps: Deps, where: string): Promise<number> =>
      (await deps.sql.query<{ total: number }>(`select count(*)::int as total ${from} and ${where}`, [...values]))[0]?.total ?? 0,
    rows: (deps: Deps, where: string, rest: string): Promise<ProposalRow[]> =>
      deps.sql.query<ProposalRow>(
        `select p.id, p.scenario_id, s.name as scenario_name, s.content_version as scenario_version, p.title, ${state('$3::timestamptz')} as state, p.planner, p.digest,
           to_char(p.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as expires_at, p.content_version, p.change_count, p.warnings, p.approval_required,
           p.replaces, case when p.state = 'planned' then r.replaced_by end as replaced_by,
           p.planned_position::float8 as planned_position, p.confirmed_position::float8 as confirmed_position, p.confirmed_content_version, p.confirmed_by
         ${from} and ${where} ${rest}`,
        [...values],
      ),
  };
};

export const showProposal = (row: ProposalRow, user: string): z.input<typeof proposalOutput> => {
  const { scenario_version, replaces, replaced_by, confirmed_position, confirmed_content_version, confirmed_by, ...rest } = row;
  return {
    ...rest,
    mine: row.planner === user,
    stale: row.state === 'planned' && row.content_version !== scenario_version,
    ...(replaces === null ? {} : { replaces }),
    ...(replaced_by === null ? {} : { replaced_by }),
    ...(confirmed_position === null || confirmed_content_version === null || confirmed_by === null
      ? {}
      : { confirmed: { event_position: confirmed_position, content_version: confirmed_content_version, by: confirmed_by } }),
  };
};
