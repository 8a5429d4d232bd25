import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { type Caller, type Deps, need } from '../context.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from '../read/basis.ts';
import { instantOf } from '../read/moment.ts';
import { readContent } from './content.ts';
import { noProposal, proposalInView } from './load.ts';
import { proposalOutput, proposalsAt, showProposal } from './rows.ts';
import { changeOutput, findingOutput, impactOutput, SHOWN, showActions, showChange, showFinding, showImpact } from './view.ts';

const input = z.strictObject({
  proposal_id: uuid,
  as_of: basisInput.as_of,
  limit: z.int().min(1).max(500).default(SHOWN).describe('Changes shown at once.'),
  cursor: z.string().max(20).optional().describe('From the answer before: the next changes.'),
});

const output = proposalOutput.omit({ id: true }).extend({
  proposal_id: uuid,
  reason: z.string().optional(),
  actions: z
    .array(z.record(z.string(), z.unknown()))
    .optional()
    .describe('The actions with every id resolved; left out where they say what your abilities do not show.'),
  more_actions: z.int().optional(),
  changes: z.array(changeOutput),
  cursor: z.string().optional().describe('Present when more changes follow.'),
  impact: impactOutput,
  findings: z.array(findingOutput),
  more_findings: z.int().optional(),
  basis: basisOutput,
});

/** One proposal whole, with its state now and exactly what was planned. */
export const getProposal = async (deps: Deps, caller: Caller, given: z.output<typeof input>): Promise<z.input<typeof output>> => {
  need(caller, 'scenarios.read');
  const { proposal_id, limit, cursor } = given;
  if (cursor !== undefined && !/^\d{1,9}$/.test(cursor))
    throw refuse('INPUT_INVALID', 'this cursor is none of scenario.action.get', {
      wayOut: 'Leave the cursor out to begin at the first change.',
    });
  const { scenario, proposal } = await proposalInView(deps, caller, proposal_id);
  const basis = await resolveBasis(deps, caller, { scenario_id: scenario.state.scenario_id, as_of: given.as_of });
  const found = proposalsAt(caller.tenant, { position: basis.position, instant: await instantOf(deps, basis, given.as_of) });
  const [row] = await found.rows(deps, `p.id = ${found.put(proposal_id, 'uuid')}`, '');
  if (!row) throw noProposal(proposal_id);
  const content = await readContent(deps, caller, proposal_id, proposal.planned.content_sha256);
  const { id: _, ...shown } = showProposal(row, caller.user.id);
  const actions = showActions(caller, content.actions);
  const from = Number(cursor ?? 0);
  const until = from + limit;
  return {
    proposal_id,
    ...shown,
    ...(content.reason === undefined ? {} : { reason: content.reason }),
    ...(actions && from === 0 ? { actions: actions.slice(0, SHOWN) } : {}),
    ...(actions && actions.length > SHOWN ? { more_actions: actions.length - SHOWN } : {}),
    changes: content.changes.slice(from, until).map((c) => showChange(caller, c)),
    ...(content.changes.length > until ? { cursor: String(until) } : {}),
    impact: showImpact(caller, content.impact),
    findings: content.findings.slice(0, SHOWN).map((f) => showFinding(caller, f)),
    ...(content.findings.length > SHOWN ? { more_findings: content.findings.length - SHOWN } : {}),
    basis: printBasis(basis),
  };
};

export const get = operation({
  name: 'scenario.action.get',
  title: 'Get a proposal',
  summary: 'Shows one proposal whole: its state, every change with before and after, the impact, findings and the actions behind it.',
  input,
  output,
  abilities: ['scenarios.read'],
  readOnly: true,
  run: getProposal,
});
