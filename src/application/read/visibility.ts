import { type Refusal, refuse } from '../../domain/codes.ts';
import { type Caller, type Deps, need } from '../context.ts';

/** A scenario as a row of `scenario_version` holds it. Positions are numbers. */
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

/** The columns of `ScenarioRow`, of a row of `scenario_version` under an alias. */
export const scenarioRowColumns = (alias: string): string =>
  [
    ...['id', 'name', 'purpose', 'owner', 'visibility', 'shared_with', 'state', 'locked', 'content_version'].map(
      (name) => `${alias}.${name}`,
    ),
    ...['branch', 'content_position', 'created_position'].map((name) => `${alias}.${name}::float8 as ${name}`),
  ].join(', ');

/** The same answer for a scenario that never was, another tenant's, and one that is not the caller's to see. */
export const noScenario = (id: string): Refusal =>
  refuse('NOT_FOUND', `there is no scenario ${id}`, { ids: [id], wayOut: 'List the scenarios you can see with scenario.list.' });

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
    `select ${scenarioRowColumns('s')} from scenario_version s where s.tenant = $1::int and s.id = $2::uuid and s.to_position = 9223372036854775807 and ${visible}`,
    values,
  );
  if (!row) throw noScenario(id);
  return row;
};
