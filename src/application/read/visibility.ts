import { refuse } from '../../domain/codes.ts';
import { type Caller, type Deps, need } from '../context.ts';

/** A scenario as it stands now, as `scenario_version` holds it. Positions are numbers. */
export interface ScenarioRow {
  id: string;
  branch: number;
  name: string;
  purpose: string | null;
  owner: string;
  visibility: 'private' | 'shared';
  shared_with: string[];
  state: 'open' | 'submitted' | 'approved' | 'applied' | 'archived';
  locked: boolean;
  content_version: number;
  content_position: number;
  created_position: number;
}

const columns = `id, branch::float8 as branch, name, purpose, owner, visibility, shared_with, state, locked, content_version,
  content_position::float8 as content_position, created_position::float8 as created_position`;

/** Owners and admins of the tenant see every scenario; others see their own, those shared with them, and shared ones. */
export const seesEveryScenario = (caller: Caller): boolean => caller.role === 'owner' || caller.role === 'admin';

/**
 * The condition under which a caller may see a row of `scenario_version`, as SQL. `alias` names the row; `placeholder` turns the
 * caller's user id into a placeholder of the statement (a uuid). Visibility is always judged as it stands now, never as of the past.
 */
export const visibleScenario = (caller: Caller, alias: string, placeholder: (user: string) => string): string => {
  if (seesEveryScenario(caller)) return 'true';
  const user = placeholder(caller.user.id);
  return `(${alias}.visibility = 'shared' or ${alias}.owner = ${user} or ${user} = any(${alias}.shared_with))`;
};

/** The scenario, or NOT_FOUND where there is none or it is not the caller's to see. Needs scenarios.read. */
export const findScenario = async (deps: Deps, caller: Caller, id: string): Promise<ScenarioRow> => {
  need(caller, 'scenarios.read');
  const values: unknown[] = [caller.tenant, id];
  const visible = visibleScenario(caller, 's', (user) => `$${values.push(user)}::uuid`);
  const [row] = await deps.sql.query<ScenarioRow>(
    `select ${columns} from scenario_version s where s.tenant = $1::int and s.id = $2::uuid and s.to_position = 9223372036854775807 and ${visible}`,
    values,
  );
  if (!row)
    throw refuse('NOT_FOUND', `there is no scenario ${id}`, { ids: [id], wayOut: 'List the scenarios you can see with scenario.list.' });
  return row;
};

/** Every scenario the caller may see, newest first. */
export const listScenarios = async (deps: Deps, caller: Caller): Promise<ScenarioRow[]> => {
  need(caller, 'scenarios.read');
  const values: unknown[] = [caller.tenant];
  const visible = visibleScenario(caller, 's', (user) => `$${values.push(user)}::uuid`);
  return deps.sql.query<ScenarioRow>(
    `select ${columns} from scenario_version s where s.tenant = $1::int and s.to_position = 9223372036854775807 and ${visible} order by s.branch desc`,
    values,
  );
};
