import type { PlannedChange } from './changes.ts';
import { type Finding, finding, Refusal, refuse } from './codes.ts';
import type { EventData } from './events.ts';
import type { Impact } from './impact.ts';
import { type ProposalState, requireOpen, type ScenarioState } from './scenario.ts';

/** The first answer to a confirm, given again to every later one. */
export type ConfirmAnswer = { proposal_id: string; scenario_id: string; content_version: number; position: number; by: string; at: string };

/**
 * What a confirm comes to before anything is loaded: the first answer again, or "go on". `moved` says that the content
 * changed since planning, so the stored changes must be decided again (`recheck`); `policiesMoved` that settings did.
 */
export type ConfirmOpening =
  | { outcome: 'already'; answer: ConfirmAnswer }
  | { outcome: 'go_on'; proposal: ProposalState; moved: boolean; policiesMoved: boolean };

const known = (state: ScenarioState, proposal_id: string): ProposalState => {
  const proposal = state.proposals.get(proposal_id);
  if (!proposal) throw refuse('PROPOSAL_UNKNOWN', 'there is no such proposal in this scenario', { ids: [proposal_id] });
  return proposal;
};

/** The refusal that names the successor, by which to go on. */
const replaced = (proposal_id: string, replaced_by: string): Refusal =>
  refuse(
    'PROPOSAL_REPLACED',
    `the proposal was replaced by ${replaced_by}`,
    { ids: [proposal_id, replaced_by], wayOut: `Review proposal ${replaced_by} with scenario.action.get, and go on with that one.` },
    { replaced_by },
  );

/** True from the instant `expires_at` on. Both are ISO instants. */
export const expired = (proposal: { expires_at: string }, now: Date): boolean => now.getTime() >= Date.parse(proposal.expires_at);

/**
 * The first part of the order of checks at confirm (the confirmer's ability is checked by the caller before): already
 * confirmed, withdrawn, replaced, expired, locked, digest. Throws PROPOSAL_UNKNOWN, PROPOSAL_WITHDRAWN, PROPOSAL_REPLACED,
 * PROPOSAL_EXPIRED, SCENARIO_LOCKED, DIGEST_MISMATCH.
 */
export const openConfirm = (
  state: ScenarioState,
  proposal_id: string,
  input: { now: Date; digest?: string | undefined; settings_position: number },
): ConfirmOpening => {
  const proposal = known(state, proposal_id);
  if (proposal.confirmed) return { outcome: 'already', answer: { proposal_id, scenario_id: state.scenario_id, ...proposal.confirmed } };
  if (proposal.state === 'withdrawn') throw refuse('PROPOSAL_WITHDRAWN', 'the proposal was withdrawn', { ids: [proposal_id] });
  if (proposal.replaced_by !== undefined) throw replaced(proposal_id, proposal.replaced_by);
  const { planned } = proposal;
  if (expired(planned, input.now))
    throw refuse('PROPOSAL_EXPIRED', `the proposal expired at ${planned.expires_at}`, { ids: [proposal_id] });
  requireOpen(state);
  if (input.digest !== undefined && input.digest !== planned.digest)
    throw refuse(
      'DIGEST_MISMATCH',
      'the digest given is not the digest of this proposal',
      { ids: [proposal_id] },
      { digest: planned.digest },
    );
  return {
    outcome: 'go_on',
    proposal,
    moved: planned.content_version !== state.content_version,
    policiesMoved: planned.settings_position !== input.settings_position,
  };
};

/**
 * The last part: policies now in force, then the second person. `findings` are those of the recheck where there was one, else
 * the proposal's own. Returns the event to append at the scenario's exact revision. Throws POLICY_STOP, APPROVAL_REQUIRED,
 * and last HUMAN_REQUIRED (`humanMissing`: the tenant wants a person and an assistant asks), so that a person is asked only for
 * what could be confirmed.
 */
export const closeConfirm = (
  state: ScenarioState,
  proposal: ProposalState,
  input: { user: string; findings: readonly Finding[]; settings_position: number; humanMissing?: boolean },
): EventData['ProposalConfirmed'] => {
  const stops = input.findings.filter((f) => f.severity === 'stop');
  if (stops.length > 0) throw new Refusal([finding('POLICY_STOP', stops.map((f) => f.message).join('; ')), ...stops]);
  const approvals = input.findings.filter((f) => f.severity === 'approval');
  if (approvals.length > 0 && input.user === proposal.planned.planner)
    throw new Refusal([
      finding('APPROVAL_REQUIRED', 'the planner may not confirm this proposal alone', { ids: [proposal.proposal_id] }),
      ...approvals,
    ]);
  if (input.humanMissing)
    throw refuse('HUMAN_REQUIRED', 'this tenant wants a person to confirm, and this call came from an assistant', {
      ids: [proposal.proposal_id],
    });
  return {
    proposal_id: proposal.proposal_id,
    scenario_id: state.scenario_id,
    digest: proposal.planned.digest,
    settings_position: input.settings_position,
    content_version: state.content_version + 1,
  };
};

/**
 * Refuses a proposal that cannot be stood in for: one that is confirmed (PROPOSAL_CONFIRMED), and one that another stands in
 * for already (PROPOSAL_REPLACED), so that amendments form a line.
 */
export const requireReplaceable = (proposal: ProposalState): void => {
  const { proposal_id, replaced_by } = proposal;
  if (proposal.state === 'confirmed')
    throw refuse('PROPOSAL_CONFIRMED', 'the proposal to be replaced is confirmed and stands', { ids: [proposal_id] });
  if (replaced_by !== undefined) throw replaced(proposal_id, replaced_by);
};

/**
 * Withdraws a planned proposal; undefined when it is withdrawn already. A confirmed one stands: PROPOSAL_CONFIRMED.
 * Works on locked and archived scenarios too, since it changes no content.
 */
export const decideWithdraw = (state: ScenarioState, proposal_id: string): EventData['ProposalWithdrawn'] | undefined => {
  const proposal = known(state, proposal_id);
  if (proposal.state === 'confirmed') throw refuse('PROPOSAL_CONFIRMED', 'the proposal is confirmed and stands', { ids: [proposal_id] });
  return proposal.state === 'withdrawn' ? undefined : { proposal_id, scenario_id: state.scenario_id };
};

/**
 * What the digest of a proposal is taken over (SHA-256 of its RFC 8785 form): the scenario, every change with before and
 * after, the differences of the impact and the findings as code, subject, level. No version, no time, no totals.
 */
export const digestContent = (input: {
  scenario_id: string;
  changes: readonly PlannedChange[];
  impact: Impact;
  findings: readonly Finding[];
}) => {
  const { impact } = input;
  const differences = Object.fromEntries(
    Object.entries(impact).flatMap(([name, value]) =>
      typeof value === 'object' && value !== null && 'delta' in value ? [[name, (value as { delta: string }).delta]] : [],
    ),
  );
  return {
    scenario_id: input.scenario_id,
    changes: input.changes.map(({ type, v, kind, id, effective_from, set, personal, replace_later, reverts, before, after }) => ({
      type,
      v,
      kind,
      id,
      effective_from,
      set,
      before,
      after,
      ...(personal ? { personal } : {}),
      ...(replace_later ? { replace_later } : {}),
      ...(reverts ? { reverts } : {}),
    })),
    impact: { effective_on: impact.effective_on, currency: impact.currency, ...differences, full_year_effect: impact.full_year_effect },
    findings: input.findings.map((f) => ({ code: f.code, ids: [...f.ids].sort(), level: f.severity })),
  };
};
