import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { operation } from '../operation.ts';
import { basisOutput, printBasis, resolveBasis } from '../read/basis.ts';
import { findScenario } from '../read/visibility.ts';
import { type ScenarioView, scenarioColumns, scenarioOutput, showScenario } from './output.ts';

/** Open proposals shown with a scenario; scenario.action.list shows the rest. */
const SHOWN = 20;

const input = z.strictObject({ scenario_id: uuid });

const output = scenarioOutput.omit({ id: true }).extend({
  scenario_id: uuid,
  shared_with: z.array(uuid).optional().describe('Users it is shared with by name.'),
  counts: z.object({
    planned: z.int(),
    confirmed: z.int(),
    withdrawn: z.int(),
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

/** One scenario whole: state, pin, content version, owner, counts and what waits to be confirmed. */
export const getScenario = async (deps: Deps, caller: Caller, { scenario_id }: z.output<typeof input>): Promise<z.input<typeof output>> => {
  need(caller, 'scenarios.read');
  const found = await findScenario(deps, caller, scenario_id);
  const basis = await resolveBasis(deps, caller, { scenario_id });
  const now = deps.now().toISOString();
  const open = 'to_position = 9223372036854775807';
  const [rows, [counts], touched, proposals] = await Promise.all([
    deps.sql.query<ScenarioView>(
      `select ${scenarioColumns('$2')} from scenario_version s where s.tenant = $1::int and s.id = $3::uuid and s.${open}`,
      [caller.tenant, now, scenario_id],
    ),
    deps.sql.query<{ planned: number; confirmed: number; withdrawn: number; expired: number }>(
      `select count(*) filter (where state = 'planned' and expires_at > $3::timestamptz)::int as planned, count(*) filter (where state = 'confirmed')::int as confirmed,
         count(*) filter (where state = 'withdrawn')::int as withdrawn, count(*) filter (where state = 'planned' and expires_at <= $3::timestamptz)::int as expired
       from proposal_version where tenant = $1::int and scenario_id = $2::uuid and ${open}`,
      [caller.tenant, scenario_id, now],
    ),
    deps.sql.query<{ kind: string; changes: number; things: number }>(
      `select kind, count(*)::int as changes, count(distinct id)::int as things from entity_change
       where tenant = $1::int and branch = $2::bigint and retracted_at is null group by kind order by kind`,
      [caller.tenant, found.branch],
    ),
    deps.sql.query<{
      id: string;
      title: string;
      planner: string;
      planned_position: number;
      content_version: number;
      expires_at: string;
      changes: number;
      warnings: number;
      approval_required: boolean;
    }>(
      `select id, title, planner, planned_position::float8 as planned_position, content_version,
         to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as expires_at, change_count as changes, warnings, approval_required
       from proposal_version where tenant = $1::int and scenario_id = $2::uuid and ${open} and state = 'planned' and expires_at > $3::timestamptz
       order by planned_position desc limit $4::int`,
      [caller.tenant, scenario_id, now, SHOWN],
    ),
  ]);
  const { id: _, ...scenario } = showScenario(rows[0] as ScenarioView, caller.user.id);
  const waiting = counts?.planned ?? 0;
  return {
    scenario_id,
    ...scenario,
    ...(found.shared_with.length > 0 ? { shared_with: found.shared_with } : {}),
    counts: {
      planned: waiting,
      confirmed: counts?.confirmed ?? 0,
      withdrawn: counts?.withdrawn ?? 0,
      expired: counts?.expired ?? 0,
      changes: touched.reduce((sum, k) => sum + k.changes, 0),
      touched: Object.fromEntries(touched.map((k) => [k.kind, k.things])),
    },
    proposals: proposals.map((p) => ({ ...p, stale: p.content_version !== scenario.content_version })),
    ...(waiting > proposals.length ? { more_proposals: waiting - proposals.length } : {}),
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
