import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from '../read/basis.ts';
import { instantOf } from '../read/moment.ts';
import { isInstant } from '../read/point.ts';
import { findScenario, visibleScenario } from '../read/visibility.ts';
import { proposalOutput, proposalStates, proposalsAt, showProposal } from './rows.ts';

export const listInput = z.strictObject({
  scenario_id: uuid.optional().describe('Only proposals of this scenario.'),
  state: z.enum(proposalStates).optional(),
  mine: z.boolean().optional().describe('Only proposals you planned.'),
  waiting_for_me: z
    .boolean()
    .optional()
    .describe('Only what waits for you: a second person must confirm it, somebody else planned it, and you may confirm it.'),
  expires_before: z.string().optional().describe('Only proposals that expire before this time (ISO 8601 with a zone).'),
  as_of: basisInput.as_of,
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(40).optional().describe('From the answer before: the next page.'),
});

const output = z.object({
  proposals: z.array(proposalOutput),
  total: z.int(),
  cursor: z.string().optional().describe('Present when more follow.'),
  basis: basisOutput,
});

/** Whether a confirm by this caller would be let through by its abilities. */
const mayConfirm = (caller: Caller): boolean => caller.abilities.has('scenarios.write') && caller.abilities.has('scenarios.read');

/** Proposals of the scenarios the caller may see, newest first. */
export const listProposals = async (deps: Deps, caller: Caller, given: z.output<typeof listInput>): Promise<z.input<typeof output>> => {
  need(caller, 'scenarios.read');
  if (given.cursor !== undefined && !/^\d{1,15}$/.test(given.cursor))
    throw refuse('INPUT_INVALID', 'this cursor is none of scenario.action.list', {
      wayOut: 'Leave the cursor out to begin at the first page.',
    });
  if (given.expires_before !== undefined && !isInstant(given.expires_before))
    throw refuse('INPUT_INVALID', `expires_before is no time with a zone: ${JSON.stringify(given.expires_before.slice(0, 40))}`, {
      wayOut: 'Give a time such as 2026-03-31T12:00:00Z.',
    });
  if (given.scenario_id !== undefined) await findScenario(deps, caller, given.scenario_id);
  const basis = await resolveBasis(deps, caller, { scenario_id: given.scenario_id, as_of: given.as_of });
  const found = proposalsAt(caller.tenant, { position: basis.position, instant: await instantOf(deps, basis, given.as_of) });
  const { put } = found;
  const me = put(caller.user.id, 'uuid');
  const where = [
    `${me} is not null`,
    visibleScenario(caller, 'n', () => me),
    ...(given.scenario_id ? [`p.scenario_id = ${put(given.scenario_id, 'uuid')}`] : []),
    ...(given.state ? [found.inState(given.state)] : []),
    ...(given.mine ? [`p.planner = ${me}`] : []),
    ...(given.waiting_for_me
      ? [
          `${mayConfirm(caller)} and p.approval_required and p.planner <> ${me} and ${found.inState('planned')} and s.state = 'open' and not s.locked`,
        ]
      : []),
    ...(given.expires_before ? [`p.expires_at < ${put(given.expires_before, 'timestamptz')}`] : []),
  ].join(' and ');
  const total = await found.count(deps, where);
  const before = given.cursor === undefined ? 'true' : `p.planned_position < ${put(given.cursor, 'bigint')}`;
  const rows = await found.rows(deps, `${where} and ${before}`, `order by p.planned_position desc limit ${put(given.limit + 1, 'int')}`);
  const page = rows.slice(0, given.limit);
  const last = page.at(-1);
  return {
    proposals: page.map((row) => showProposal(row, caller.user.id)),
    total,
    ...(rows.length > given.limit && last ? { cursor: String(last.planned_position) } : {}),
    basis: printBasis(basis),
  };
};

export const list = operation({
  name: 'scenario.action.list',
  title: 'List proposals',
  summary:
    'Lists proposals of the scenarios you can see, newest first: what waits (for you too), what was confirmed, withdrawn, replaced or has expired.',
  input: listInput,
  output,
  abilities: ['scenarios.read'],
  readOnly: true,
  run: listProposals,
});
