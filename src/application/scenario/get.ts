import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from '../read/basis.ts';
import { instantOf } from '../read/moment.ts';
import { findScenario } from '../read/visibility.ts';
import { heldAt, type ScenarioView, scenarioColumns, scenarioOutput, scenariosAt, showScenario, waiting } from './output.ts';

/** Open proposals shown with a scenario; scenario.action.list shows the rest. */
const SHOWN = 20;

const input = z.strictObject({ scenario_id: uuid, as_of: basisInput.as_of });

const output = scenarioOutput.omit({ id: true }).extend({
  scenario_id: uuid,
  shared_with: z.array(uuid).optional().describe('Users it is shared with by name.'),
  counts: z.object({
    planned: z.int(),
    confirmed: z.int(),
    withdrawn: z.int(),
    replaced: z.int(),
    expired: z.int(),
    changes: z.int().describe('Changes in force.'),
    touched: z.record(z.string(), z.int()).describe('Things the scenario changes, by kind.'),
  }),
  proposals: z
    .array(
      z.object({
        id: uuid,
        title: z.string(),
        planner: uuid,
        planned_position: z.int(),
        content_version: z.int(),
        expires_at: z.string(),
        changes: z.int(),
        warnings: z.int(),
        approval_required: z.boolean(),
        stale: z.boolean().describe('The content moved since it was planned: confirming decides it again.'),
      }),
    )
    .describe('Proposals that can still be confirmed, newest first.'),
  more_proposals: z.int().optional(),
  basis: basisOutput,
});

interface Waiting {
  id: string;
  title: string;
  planner: string;
  planned_position: number;
  content_version: number;
  expires_at: string;
  changes: number;
  warnings: number;
  approval_required: boolean;
}

/** One scenario whole, as it stood at the point asked for: state, pin, content version, owner, counts and what waits to be confirmed. */
export const getScenario = async (
  deps: Deps,
  caller: Caller,
  { scenario_id, as_of }: z.output<typeof input>,
): Promise<z.input<typeof output>> => {
  need(caller, 'scenarios.read');
  const found = await findScenario(deps, caller, scenario_id);
  const basis = await resolveBasis(deps, caller, { scenario_id, as_of });
  const at = [caller.tenant, basis.position, await instantOf(deps, basis, as_of)] as const;
  const ours = `p.tenant = $1::int and p.scenario_id = $4::uuid and ${heldAt('p', '$2')}`;
  const [rows, [counts], touched, proposals] = await Promise.all([
    deps.sql.query<ScenarioView & { shared_with: string[] }>(
      `select ${scenarioColumns('$2', '$3')}, s.shared_with from ${scenariosAt('$2')} and s.id = $4::uuid`,
      [...at, scenario_id],
    ),
    deps.sql.query<{ planned: number; confirmed: number; withdrawn: number; replaced: number; expired: number }>(
      `select count(*) filter (where ${waiting('$2', '$3')})::int as planned, count(*) filter (where p.state = 'confirmed')::int as confirmed,
         count(*) filter (where p.state = 'withdrawn')::int as withdrawn, count(*) filter (where p.state = 'planned' and r.replaced)::int as replaced,
         count(*) filter (where p.state = 'planned' and not r.replaced and p.expires_at <= $3::timestamptz)::int as expired
       from proposal_version p cross join lateral (select exists (
         select from proposal_version q where q.tenant = p.tenant and q.replaces = p.id and q.planned_position <= $2::bigint) as replaced) r
       where ${ours}`,
      [...at, scenario_id],
    ),
    deps.sql.query<{ kind: string; changes: number; things: number }>(
      `select kind, count(*)::int as changes, count(distinct id)::int as things from entity_change
       where tenant = $1::int and branch = $3::bigint and position <= $2::bigint and (retracted_at is null or retracted_at > $2::bigint)
       group by kind order by kind`,
      [caller.tenant, basis.position, found.branch],
    ),
    deps.sql.query<Waiting>(
      `select p.id, p.title, p.planner, p.planned_position::float8 as planned_position, p.content_version,
         to_char(p.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as expires_at, p.change_count as changes, p.warnings, p.approval_required
       from proposal_version p where ${ours} and ${waiting('$2', '$3')} order by p.planned_position desc limit $5::int`,
      [...at, scenario_id, SHOWN],
    ),
  ]);
  const [row] = rows;
  if (!row) throw new TypeError(`the scenario ${scenario_id} has a pin at position ${basis.position} and no row`);
  const { shared_with, ...view } = row;
  const { id: _, ...scenario } = showScenario(view, caller.user.id);
  const open = counts?.planned ?? 0;
  return {
    scenario_id,
    ...scenario,
    ...(shared_with.length > 0 ? { shared_with } : {}),
    counts: {
      planned: open,
      confirmed: counts?.confirmed ?? 0,
      withdrawn: counts?.withdrawn ?? 0,
      replaced: counts?.replaced ?? 0,
      expired: counts?.expired ?? 0,
      changes: touched.reduce((sum, k) => sum + k.changes, 0),
      touched: Object.fromEntries(touched.map((k) => [k.kind, k.things])),
    },
    proposals: proposals.map((p) => ({ ...p, stale: p.content_version !== scenario.content_version })),
    ...(open > proposals.length ? { more_proposals: open - proposals.length } : {}),
    basis: printBasis(basis),
  };
};

export const get = operation({
  name: 'scenario.get',
  title: 'Get a scenario',
  summary: 'Shows one scenario: state, pin, content version, owner, what it touches and which proposals wait to be confirmed.',
  input,
  output,
  abilities: ['scenarios.read'],
  readOnly: true,
  run: getScenario,
});
