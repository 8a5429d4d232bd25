import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { type Finding, Refusal, refuse } from '../../domain/codes.ts';
import { streams } from '../../domain/events.ts';
import { closeConfirm, openConfirm } from '../../domain/proposal.ts';
import type { ProposalState } from '../../domain/scenario.ts';
import { noteText } from '../../domain/text.ts';
import { IdempotencyMismatch, RevisionConflict } from '../../store/port.ts';
import { appendSurely } from '../append.ts';
import { type Caller, type Deps, metadataOf, need } from '../context.ts';
import { derivedId } from '../idempotency.ts';
import { operation } from '../operation.ts';
import { catchUp, type ScenarioAtHead } from '../scenario/load.ts';
import { settingsNow } from '../tenant/settings.ts';
import { readContent } from './content.ts';
import { decideAgain, type Ground, idsUsedSince } from './decide.ts';
import { proposalInView } from './load.ts';
import { requireUnmoved, withPlanAgain } from './moved.ts';
import { SHOWN, veiled } from './view.ts';

/** How long a confirm goes on trying beside others that confirm in the same scenario, unless the request ends earlier; in ms. */
const PATIENCE_MS = 30_000;

const input = z.strictObject({
  proposal_id: uuid,
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'the digest that the plan answered')
    .optional()
    .describe('Refuses unless it is the digest of the proposal: say what you reviewed.'),
  reason: noteText(2000).optional(),
});
type Input = z.output<typeof input>;

const output = z.object({
  proposal_id: uuid,
  status: z.literal('confirmed'),
  scenario_id: uuid,
  content_version: z.int().describe('The version of the scenario that this confirm made.'),
  event_position: z.int(),
});
type Answer = z.input<typeof output>;

/** What the last judgement rests on; kept over conflicts with events that do not touch the content. */
interface Judged {
  content_version: number;
  settings_position: number;
  findings: readonly Finding[];
}

/**
 * The findings that hold now. Nothing is loaded while neither content nor policies moved since planning: the decision would
 * read the same rows again.
 */
const judge = async (
  deps: Deps,
  caller: Caller,
  ground: Ground,
  proposal: ProposalState,
  opening: { moved: boolean; policiesMoved: boolean },
): Promise<readonly Finding[]> => {
  if (!opening.moved && !opening.policiesMoved && !proposal.planned.approval_required) return [];
  const content = await readContent(deps, caller, proposal.proposal_id, proposal.planned.content_sha256);
  if (!opening.moved && !opening.policiesMoved) return content.findings;
  return requireUnmoved(caller, content, await decideAgain(deps, caller, ground, content.changes), opening.policiesMoved);
};

/**
 * Refuses (ID_UNIQUE) a proposal whose given ids were used since it was planned. What other scenarios do moves neither this
 * scenario nor its policies, so it is asked at every try.
 */
const requireIdsUnused = async (deps: Deps, caller: Caller, ground: Ground, { proposal_id, planned }: ProposalState): Promise<void> => {
  if (!planned.gives_ids) return;
  const { given_ids = [] } = await readContent(deps, caller, proposal_id, planned.content_sha256);
  const used = await idsUsedSince(deps, caller, ground, given_ids);
  if (used.length > 0) throw new Refusal(used.slice(0, SHOWN), { proposal_id });
};

/** Adds to the refusal of an assistant the command by which a person confirms exactly this. */
const byPerson = <T>(caller: Caller, proposal: ProposalState, close: () => T): T => {
  try {
    return close();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'HUMAN_REQUIRED') throw error;
    const command = `orgonaut proposal confirm --tenant ${caller.tenantSlug} ${proposal.proposal_id} --digest ${proposal.planned.digest}`;
    throw new Refusal(error.findings, { ...error.details, command });
  }
};

/** One try on the scenario as given: the answer, or undefined when it moved before the event could be appended. */
const attempt = async (
  deps: Deps,
  caller: Caller,
  given: Input,
  scenario: ScenarioAtHead,
  judged: { last?: Judged },
): Promise<Answer | undefined> => {
  const { tenant, signal } = caller;
  const { proposal_id, digest, reason } = given;
  const settings = await settingsNow(deps, tenant, signal);
  const ground: Ground = { scenario, ...settings };
  const { settings_position } = settings;
  const proposalNow = scenario.state.proposals.get(proposal_id);
  let opening: ReturnType<typeof openConfirm>;
  try {
    opening = openConfirm(scenario.state, proposal_id, { now: deps.now(), digest, settings_position });
  } catch (refusal) {
    const again = refusal instanceof Refusal && refusal.code === 'PROPOSAL_EXPIRED' && proposalNow;
    throw again ? await withPlanAgain(deps, caller, proposalNow, refusal) : refusal;
  }
  const { scenario_id } = scenario.state;
  const answer = (content_version: number, event_position: number): Answer => ({
    proposal_id,
    status: 'confirmed',
    scenario_id,
    content_version,
    event_position,
  });
  if (opening.outcome === 'already') return answer(opening.answer.content_version, opening.answer.position);

  const { content_version } = scenario.state;
  if (judged.last?.content_version !== content_version || judged.last.settings_position !== settings_position)
    judged.last = { content_version, settings_position, findings: await judge(deps, caller, ground, opening.proposal, opening) };
  await requireIdsUnused(deps, caller, ground, opening.proposal);
  const humanMissing = caller.via === 'mcp' && settings.settings.human_confirmation === true;
  const { findings } = judged.last;
  const data = byPerson(caller, opening.proposal, () =>
    closeConfirm(scenario.state, opening.proposal, { user: caller.user.id, findings, settings_position, humanMissing }),
  );
  const event = {
    // One id for every confirm of this proposal: the log itself cannot hold it twice.
    event_id: derivedId(tenant, 'ProposalConfirmed', proposal_id),
    type: 'ProposalConfirmed',
    schema_version: 1,
    data,
    metadata: metadataOf(caller, { proposal_id, ...(reason === undefined ? {} : { reason }) }),
    recorded_at: deps.now().toISOString(),
  };
  try {
    const { position } = await appendSurely(deps.store, tenant, streams.scenario(tenant, scenario_id), scenario.revision, [event], signal);
    return answer(data.content_version, position);
  } catch (error) {
    if (error instanceof RevisionConflict || error instanceof IdempotencyMismatch) return undefined;
    throw error;
  }
};

/**
 * Confirms a proposal: appends the one event that makes its stored changes real, at exactly the revision it was judged on.
 * Confirming again, by whomever and whenever, gives the first answer. A refused confirm writes nothing.
 */
export const confirmProposal = async (deps: Deps, caller: Caller, given: Input): Promise<Answer> => {
  need(caller, 'scenarios.write', 'scenarios.read');
  const until = performance.now() + PATIENCE_MS;
  const judged: { last?: Judged } = {};
  let { scenario } = await proposalInView(deps, caller, given.proposal_id);
  for (;;) {
    const answer = await veiled(caller, attempt(deps, caller, given, scenario, judged));
    if (answer) {
      await deps.reached(caller.tenant, answer.event_position, caller.signal);
      return answer;
    }
    if (caller.signal?.aborted || performance.now() > until)
      throw refuse('UNAVAILABLE', 'the scenario is changed by others all the time; nothing was written', { wayOut: 'Confirm again.' });
    // Only what is new is read. Where another proposal was confirmed, the scenario has to be read again and judged again.
    scenario = (await catchUp(deps, caller, scenario)) ?? (await proposalInView(deps, caller, given.proposal_id)).scenario;
  }
};

export const confirm = operation({
  name: 'scenario.action.confirm',
  title: 'Confirm a proposal',
  summary: 'Applies a reviewed proposal to its scenario, exactly as it was planned, once; confirming it again gives the first answer.',
  input,
  output,
  abilities: ['scenarios.write', 'scenarios.read'],
  readOnly: false,
  run: confirmProposal,
});
