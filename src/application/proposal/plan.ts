import { z } from 'zod';
import type { Ability } from '../../domain/abilities.ts';
import { abilitiesOf } from '../../domain/actions/index.ts';
import { uuid } from '../../domain/changes.ts';
import { type EventData, type ProposalContent, streams } from '../../domain/events.ts';
import { maxActions } from '../../domain/plan.ts';
import { requireReplaceable } from '../../domain/proposal.ts';
import { requireOpen } from '../../domain/scenario.ts';
import { titleOf } from '../../domain/sentences.ts';
import { keyText, lineText, noteText, wellFormed } from '../../domain/text.ts';
import { appendSurely, withSignal } from '../append.ts';
import { type Caller, type Deps, metadataOf, need } from '../context.ts';
import { type RequestIds, requestIds } from '../idempotency.ts';
import { operation } from '../operation.ts';
import { type ScenarioAtHead, scenarioAtHead } from '../scenario/load.ts';
import { settingsNow } from '../tenant/settings.ts';
import { readContent, storeContent } from './content.ts';
import { decidePlan, digestOf, type Ground, impactOn } from './decide.ts';
import { planAnswer } from './first-answer.ts';
import { eventAt, noProposal, proposalAt } from './load.ts';
import { planOutput } from './plan-output.ts';
import { veiled } from './view.ts';

const input = z.strictObject({
  scenario_id: uuid,
  actions: z
    .array(z.looseObject({ type: z.string().min(1).max(100) }))
    .min(1)
    .max(maxActions)
    .refine(wellFormed, 'text of whole characters: a lone surrogate is none')
    .describe('Actions in order, all or none. capability.explain gives the schema of each type.'),
  title: lineText(200).optional().describe('What the plan is called; made of its sentences unless given.'),
  reason: noteText(2000).optional().describe('Why; kept with the proposal and its events.'),
  replaces: uuid.optional().describe('The proposal this one amends: that one cannot be confirmed any more.'),
  idempotency_key: keyText.optional().describe('Repeating the call with the same key plans nothing twice.'),
});
type Input = z.output<typeof input>;
type Answer = z.input<typeof planOutput>;

/** The read abilities that the actions ask for as they are given. A type that is not known is refused by the decision, with the list. */
const alsoAsksFor = ({ actions }: Readonly<Record<string, unknown>>): Ability[] =>
  Array.isArray(actions) ? [...new Set(actions.filter((a) => typeof a === 'object' && a !== null).flatMap(abilitiesOf))] : [];

/** The proposal this plan stands in for, in a state in which it can be. Taking somebody else's plan away is as withdrawing it. */
const requireReplaces = async (deps: Deps, caller: Caller, scenario: ScenarioAtHead, replaces: string): Promise<void> => {
  const old = await proposalAt(deps, caller, scenario, replaces);
  if (!old) throw noProposal(replaces);
  requireReplaceable(old);
  if (old.planned.planner !== caller.user.id) need(caller, 'scenarios.write');
};

/** The answer to an earlier call with this key, where the plan was recorded. Content alone (a call that broke off) is no plan yet. */
const earlier = async (
  deps: Deps,
  caller: Caller,
  scenario: ScenarioAtHead,
  proposal_id: string,
  ids: RequestIds,
): Promise<Answer | undefined> => {
  const [part] = await deps.store.readStream(caller.tenant, streams.proposal(caller.tenant, proposal_id), 0, 1, withSignal(caller.signal));
  if (!part) return undefined;
  ids.check(part);
  const proposal = await proposalAt(deps, caller, scenario, proposal_id);
  if (!proposal) return undefined;
  return planAnswer(
    caller,
    await readContent(deps, caller, proposal_id, proposal.planned.content_sha256),
    proposal.planned,
    proposal.planned_position,
  );
};

/**
 * Plans actions on a scenario: decides them on the scenario exactly as its stream stands, keeps what they come to, changes
 * nothing. Plans never block each other. Refusals of the domain carry their findings; nothing is written then.
 */
export const planProposal = async (deps: Deps, caller: Caller, given: Input): Promise<Answer> => {
  need(caller, 'ai.scenarios.draft', 'scenarios.read');
  need(caller, ...alsoAsksFor(given));
  const { tenant, signal } = caller;
  const { idempotency_key, ...request } = given;
  const { scenario_id, actions, reason, replaces } = request;
  const ids = requestIds(deps, caller, 'scenario.action.plan', idempotency_key, request);
  const proposal_id = ids.id('proposal');

  const scenario = await scenarioAtHead(deps, caller, scenario_id);
  const before = ids.keyed ? await earlier(deps, caller, scenario, proposal_id, ids) : undefined;
  if (before) return before;
  requireOpen(scenario.state);
  if (replaces !== undefined) await requireReplaces(deps, caller, scenario, replaces);

  const ground: Ground = { scenario, ...(await settingsNow(deps, tenant, signal)) };
  caller.progress?.(1, 4, 'deciding the actions');
  let made = 0;
  const plan = await veiled(
    caller,
    decidePlan(deps, caller, ground, actions, () => ids.id(`thing ${++made}`)),
  );
  caller.progress?.(2, 4, 'working out the impact');
  const impact = await impactOn(deps, caller, ground, plan.delta);
  const content: ProposalContent = {
    proposal_id,
    scenario_id,
    title: given.title ?? titleOf(plan.changes),
    ...(reason === undefined ? {} : { reason }),
    actions: plan.actions,
    changes: plan.changes,
    impact,
    findings: plan.findings,
    ...(plan.givenIds.length === 0 ? {} : { given_ids: plan.givenIds }),
  };
  signal?.throwIfAborted();
  caller.progress?.(3, 4, 'keeping the proposal');
  // The content is written first, so that no event ever names what is not there.
  const stored = await storeContent(deps, caller, content, ids);
  const data: EventData['ProposalPlanned'] = {
    proposal_id,
    scenario_id,
    title: content.title,
    ...stored,
    digest: await digestOf(content),
    content_version: scenario.state.content_version,
    settings_position: ground.settings_position,
    planner: caller.user.id,
    expires_at: new Date(deps.now().getTime() + ground.settings.proposal_hours * 3_600_000).toISOString(),
    ...(replaces === undefined ? {} : { replaces }),
    change_count: content.changes.length,
    warnings: content.findings.filter((f) => f.severity === 'warn').length,
    approval_required: content.findings.some((f) => f.severity === 'approval'),
    ...(plan.givenIds.length === 0 ? {} : { gives_ids: true as const }),
  };
  const event = {
    event_id: ids.id('planned'),
    type: 'ProposalPlanned',
    schema_version: 1,
    data,
    recorded_at: deps.now().toISOString(),
    metadata: metadataOf(caller, { ...ids.metadata, proposal_id, ...(reason === undefined ? {} : { reason }) }),
  };
  const { position, repeated } = await appendSurely(
    deps.store,
    tenant,
    streams.scenario(tenant, scenario_id),
    'stream_exists',
    [event],
    signal,
  );
  await deps.reached(tenant, position, signal);
  if (!repeated) return planAnswer(caller, content, data, position);
  // The same call was made at the same moment and came first: both give its answer.
  const first = await eventAt(deps, caller, position);
  ids.check(first);
  const planned = first.data as EventData['ProposalPlanned'];
  return planAnswer(caller, await readContent(deps, caller, proposal_id, planned.content_sha256), planned, position);
};

export const plan = operation({
  name: 'scenario.action.plan',
  title: 'Plan a change',
  summary:
    'Plans actions on a scenario and shows every change, the impact and what the policies say; applies nothing until it is confirmed.',
  input,
  output: planOutput,
  abilities: ['ai.scenarios.draft', 'scenarios.read'],
  alsoAsksFor,
  readOnly: false,
  run: planProposal,
});
