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

/** The columns behind it, from `scenario_version s`; $1 the tenant, `now` the placeholder of the present instant. */
export const scenarioColumns = (now: string): string => `
  s.id, s.branch::float8 as branch, s.name, s.purpose, s.state, s.locked, s.visibility, s.owner, s.content_version,
  s.created_position::float8 as created_position,
  (select p.baseline_position::float8 from branch_pin p where p.tenant = s.tenant and p.branch = s.branch order by p.from_position desc limit 1) as baseline_position,
  (select to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from log.event e
    where e.tenant = s.tenant and e.position = s.created_position) as created_at,
  (select count(*)::int from proposal_version p where p.tenant = s.tenant and p.scenario_id = s.id and p.to_position = 9223372036854775807
    and p.state = 'planned' and p.expires_at > ${now}::timestamptz) as open_proposals`;

export type ScenarioView = Omit<z.output<typeof scenarioOutput>, 'purpose' | 'mine'> & { purpose: string | null; branch: number };

/** A row as an answer prints it for this user. */
export const showScenario = ({ purpose, branch: _, ...row }: ScenarioView, user: string): z.input<typeof scenarioOutput> => ({
  ...row,
  ...(purpose === null ? {} : { purpose }),
  mine: row.owner === user,
});
