import type { PlannedChange } from '../../domain/changes.ts';
import type { Finding } from '../../domain/codes.ts';
import { zero } from '../../domain/decimal.ts';
import { usedSince } from '../../domain/given-ids.ts';
import { type Figure, figures, type Impact, type ImpactDelta, impactFrom, type Totals } from '../../domain/impact.ts';
import { type Plan, planActions, type Recheck, recheck } from '../../domain/plan.ts';
import { digestContent } from '../../domain/proposal.ts';
import { runDecision } from '../../domain/run.ts';
import type { DecisionContext, TimelineSource } from '../../domain/world.ts';
import type { Basis } from '../../projections/basis.ts';
import { timelineSource } from '../../projections/load-timelines.ts';
import { branchTotals } from '../../projections/queries/totals.ts';
import { canonicalInTurns } from '../canonical-in-turns.ts';
import type { Caller, Deps } from '../context.ts';
import { sha256 } from '../idempotency.ts';
import type { ScenarioAtHead } from '../scenario/load.ts';
import { type SettingsInForce, todayOf } from '../tenant/settings.ts';
import { eventLoopTurns } from '../turns.ts';

/** What a decision about a scenario stands on: the scenario at exactly its head and the settings now in force. */
export interface Ground extends SettingsInForce {
  scenario: ScenarioAtHead;
}

const sourceOf = (deps: Deps, caller: Caller, { scenario }: Ground): TimelineSource =>
  timelineSource(deps.sql, {
    tenant: caller.tenant,
    branch: scenario.state.branch,
    position: scenario.position,
    pin: scenario.state.baseline_position,
  });

const contextOf = (deps: Deps, { settings }: Ground, newId: () => string): DecisionContext => ({
  settings,
  today: todayOf(deps, settings),
  newId,
  scenario: true,
});

/** Decides a list of actions on the neighbourhood they name. Refusals of the domain pass through. */
export const decidePlan = (deps: Deps, caller: Caller, ground: Ground, actions: readonly unknown[], newId: () => string): Promise<Plan> =>
  runDecision(planActions(actions, contextOf(deps, ground, newId)), sourceOf(deps, caller, ground), eventLoopTurns(caller.signal));

/** Decides stored changes again on what the scenario holds now. Creates nothing, so it needs no ids. */
export const decideAgain = (deps: Deps, caller: Caller, ground: Ground, changes: readonly PlannedChange[]): Promise<Recheck> =>
  runDecision(
    recheck(
      changes,
      contextOf(deps, ground, () => deps.newId()),
    ),
    sourceOf(deps, caller, ground),
    eventLoopTurns(caller.signal),
  );

/** ID_UNIQUE for those of a stored plan's given ids that any scenario of the tenant, or the baseline, used meanwhile. */
export const idsUsedSince = (deps: Deps, caller: Caller, ground: Ground, ids: readonly string[]): Promise<Finding[]> =>
  runDecision(usedSince(ids), sourceOf(deps, caller, ground));

/** The impact on the whole branch: its totals on the date on which all changes hold, and the difference the changes make. */
export const impactOn = async (deps: Deps, caller: Caller, ground: Ground, delta: ImpactDelta): Promise<Impact> => {
  const { scenario, settings } = ground;
  const basis: Basis = {
    tenant: caller.tenant,
    branch: scenario.state.branch,
    scenario_id: scenario.state.scenario_id,
    position: scenario.position,
    pin: scenario.state.baseline_position,
    effective_on: delta.effective_on,
    settings,
  };
  return impactFrom(await branchTotals(deps.sql, basis), delta);
};

/** The impact of a difference on an empty branch: its deltas are the difference, its totals say nothing. */
export const differenceAlone = (delta: ImpactDelta): Impact => {
  const nothing = {
    ...Object.fromEntries(figures.map((f): [Figure, Totals[Figure]] => [f, zero])),
    effective_on: delta.effective_on,
    fiscal_year: delta.fiscal_year,
    currency: delta.currency,
    run_rate_by_month: delta.run_rate_by_month.map(({ month }) => ({ month, annualised: zero })),
  } as Totals;
  return impactFrom(nothing, delta);
};

/** Which personal fields a change sets, without their values: a name could be guessed back from a hash after it was erased. */
const fieldsOnly = (change: PlannedChange): PlannedChange =>
  change.personal ? { ...change, personal: Object.fromEntries(Object.keys(change.personal).map((f) => [f, ''])) } : change;

/** SHA-256 of exactly what is reviewed: the changes with before and after, the differences they make, what was found. */
export const digestOf = async (input: {
  scenario_id: string;
  changes: readonly PlannedChange[];
  impact: Impact;
  findings: readonly Finding[];
}): Promise<string> =>
  sha256(await canonicalInTurns(digestContent({ ...input, changes: input.changes.map(fieldsOnly) }), eventLoopTurns()));
