import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';

/** What every answer about a scenario says. */
export const scenarioOutput = z.object({
  id: uuid,
  name: z.string(),
  purpose: z.string().optional(),
  state: z.enum(['open', 'submitted', 'approved', 'applied', 'archived']),
  locked: z.boolean(),
  visibility: z.enum(['private', 'shared']),
  owner: uuid.describe('The user who owns it.'),
  mine: z.boolean(),
  content_version: z.int().describe('How many proposals were confirmed in it.'),
  baseline_position: z.int().describe('The pin: the event position of the baseline it plans on.'),
  created_position: z.int(),
  created_at: z.string(),
  open_proposals: z.int().describe('Proposals that can still be confirmed.'),
});

/** The largest position: a row that has not ended. */
const now = 'to_position = 9223372036854775807';

/** Rows of a table that hold at the position of a placeholder. */
export const heldAt = (alias: string, position: string): string =>
  `${alias}.from_position <= ${position}::bigint and ${alias}.to_position > ${position}::bigint`;

/**
 * Scenarios as they stood at a position (`s`), each beside its row of today (`n`), by which it is judged who may see it. $1 is
 * the tenant, `position` a placeholder.
 */
export const scenariosAt = (position: string): string => `scenario_version s
  join scenario_version n on n.tenant = s.tenant and n.id = s.id and n.${now} and s.tenant = $1::int and ${heldAt('s', position)}`;

/** Proposals `p` that can be confirmed at a position and an instant: planned, not expired, and no other stands in for them. */
export const waiting = (position: string, instant: string): string =>
  `p.state = 'planned' and p.expires_at > ${instant}::timestamptz and ${heldAt('p', position)} and not exists (
    select from proposal_version q where q.tenant = p.tenant and q.replaces = p.id and q.planned_position <= ${position}::bigint)`;

/** The columns behind an answer, from `scenario_version s`; `position` and `instant` are placeholders of the moment it is looked at. */
export const scenarioColumns = (position: string, instant: string): string => `
  s.id, s.branch::float8 as branch, s.name, s.purpose, s.state, s.locked, s.visibility, s.owner, s.content_version,
  s.created_position::float8 as created_position,
  (select p.baseline_position::float8 from branch_pin p where p.tenant = s.tenant and p.branch = s.branch and p.from_position <= ${position}::bigint
    order by p.from_position desc limit 1) as baseline_position,
  (select to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from log.event e
    where e.tenant = s.tenant and e.position = s.created_position) as created_at,
  (select count(*)::int from proposal_version p where p.tenant = s.tenant and p.scenario_id = s.id and ${waiting(position, instant)}) as open_proposals`;

export type ScenarioView = Omit<z.output<typeof scenarioOutput>, 'purpose' | 'mine'> & { purpose: string | null; branch: number };

/** A row as an answer prints it for this user. */
export const showScenario = ({ purpose, branch: _, ...row }: ScenarioView, user: string): z.input<typeof scenarioOutput> => ({
  ...row,
  ...(purpose === null ? {} : { purpose }),
  mine: row.owner === user,
});
