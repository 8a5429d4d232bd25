import { z } from 'zod';
import { refuse } from '../../domain/codes.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from '../read/basis.ts';
import { instantOf } from '../read/moment.ts';
import { visibleScenario } from '../read/visibility.ts';
import { type ScenarioView, scenarioColumns, scenarioOutput, scenariosAt, showScenario } from './output.ts';

const input = z.strictObject({
  state: z.enum(['open', 'submitted', 'approved', 'applied', 'archived']).optional(),
  mine: z.boolean().optional().describe('Only scenarios you own.'),
  name: z.string().min(1).max(200).optional().describe('Part of the name, upper and lower case alike.'),
  as_of: basisInput.as_of,
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(40).optional().describe('From the answer before: the next page.'),
});

const output = z.object({
  scenarios: z.array(scenarioOutput),
  total: z.int().describe('How many you can see under these filters.'),
  cursor: z.string().optional().describe('Present when more follow.'),
  basis: basisOutput,
});

/** The scenarios the caller may see, newest first, as they stood at the point asked for. */
export const listScenarios = async (deps: Deps, caller: Caller, given: z.output<typeof input>): Promise<z.input<typeof output>> => {
  need(caller, 'scenarios.read');
  if (given.cursor !== undefined && !/^\d{1,15}$/.test(given.cursor))
    throw refuse('INPUT_INVALID', 'this cursor is none of scenario.list', { wayOut: 'Leave the cursor out to begin at the first page.' });
  const basis = await resolveBasis(deps, caller, { as_of: given.as_of });
  const values: unknown[] = [caller.tenant, basis.position, await instantOf(deps, basis, given.as_of)];
  const put = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const where = [
    visibleScenario(caller, 'n', (user) => put(user, 'uuid')),
    ...(given.state ? [`s.state = ${put(given.state, 'text')}`] : []),
    ...(given.mine ? [`s.owner = ${put(caller.user.id, 'uuid')}`] : []),
    ...(given.name ? [`position(lower(${put(given.name, 'text')}) in lower(s.name)) > 0`] : []),
  ].join(' and ');
  const [counted] = await deps.sql.query<{ total: number }>(
    `select count(*)::int as total from ${scenariosAt('$2')} where ${where} and $3::timestamptz is not null`,
    [...values],
  );
  const before = given.cursor === undefined ? 'true' : `s.branch < ${put(given.cursor, 'bigint')}`;
  const rows = await deps.sql.query<ScenarioView>(
    `select ${scenarioColumns('$2', '$3')} from ${scenariosAt('$2')} where ${where} and ${before} order by s.branch desc limit ${put(given.limit + 1, 'int')}`,
    [...values],
  );
  const page = rows.slice(0, given.limit);
  const last = page.at(-1);
  return {
    scenarios: page.map((row) => showScenario(row, caller.user.id)),
    total: counted?.total ?? 0,
    ...(rows.length > given.limit && last ? { cursor: String(last.branch) } : {}),
    basis: printBasis(basis),
  };
};

export const list = operation({
  name: 'scenario.list',
  title: 'List scenarios',
  summary: 'Lists the planning scenarios you can see, newest first, with their state and how many proposals wait in them.',
  input,
  output,
  abilities: ['scenarios.read'],
  readOnly: true,
  run: listScenarios,
});
