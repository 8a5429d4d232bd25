import { type Finding, finding, Refusal } from '../../domain/codes.ts';
import type { ProposalContent } from '../../domain/events.ts';
import { figures, type Impact, type ImpactDelta, moneyFigures } from '../../domain/impact.ts';
import type { Recheck } from '../../domain/plan.ts';
import type { ProposalState } from '../../domain/scenario.ts';
import type { Caller, Deps } from '../context.ts';
import { canonical } from '../idempotency.ts';
import { readContent } from './content.ts';
import { differenceAlone } from './decide.ts';
import { maySeeField, SHOWN, showActions, showFinding } from './view.ts';

/** Findings that say what a policy says: they may change with the policies, and are judged after everything else. */
const policyCodes = new Set<string>(['GRADE_BAND', 'BUDGET_GUARD', 'SPAN', 'LAYERS', 'FREEZE', 'IMPACT_LIMIT']);
const ofPolicies = (f: Finding): boolean => policyCodes.has(f.code);

/** The tool and arguments of a new plan that makes the same things with the same ids and stands in for this proposal. */
const planAgain = (caller: Caller, content: ProposalContent): Record<string, unknown> => {
  const actions = showActions(caller, content.actions);
  if (!actions) return { plan_again: 'The actions say what your abilities do not show; ask the planner to plan again.' };
  const { scenario_id, title, reason, proposal_id } = content;
  return {
    tool: 'scenario.action.plan',
    arguments: { scenario_id, actions, title, ...(reason === undefined ? {} : { reason }), replaces: proposal_id },
  };
};

const contentOf = (deps: Deps, caller: Caller, proposal: ProposalState): Promise<ProposalContent> =>
  readContent(deps, caller, proposal.proposal_id, proposal.planned.content_sha256);

/** Adds to a refusal that the proposal has expired what is needed to plan the same again. */
export const withPlanAgain = async (deps: Deps, caller: Caller, proposal: ProposalState, refusal: Refusal): Promise<Refusal> =>
  new Refusal(refusal.findings, { ...refusal.details, ...planAgain(caller, await contentOf(deps, caller, proposal)) });

const keyOf = (f: Finding): string => canonical([f.code, [...f.ids].sort(), f.severity]);

/** Findings of `list` that `other` does not hold, by code, things and level. */
const without = (list: readonly Finding[], other: readonly Finding[]): Finding[] => {
  const there = new Set(other.map(keyOf));
  return list.filter((f) => !there.has(keyOf(f)));
};

/** How far a position moves between layers: "-1", or "none to 3". Where it stands is the scenario's, and no difference of the plan. */
const shift = ({ before, after }: { before: number | null; after: number | null }): string =>
  before === null || after === null ? `${before ?? 'none'} to ${after ?? 'none'}` : String(after - before);

/** What a plan does to the lines: by "span <position id>" the reports gained, by "layer <position id>" the shift. */
const lineEffects = ({ spans, layers }: Pick<Impact, 'spans' | 'layers'>): Map<string, string> =>
  new Map([
    ...spans.map(({ position_id, delta }) => [`span ${position_id}`, String(delta)] as const),
    ...layers.map((l) => [`layer ${l.position_id}`, shift(l)] as const),
  ]);

/** The figures in which the impact would now differ from the one reviewed. */
const impactDifferences = (planned: Impact, delta: ImpactDelta): { figure: string; planned: string; now: string }[] => {
  const now = differenceAlone(delta);
  const list = figures.map((figure) => ({ figure: figure as string, planned: planned[figure].delta, now: now[figure].delta }));
  list.push({ figure: 'full_year_effect', planned: planned.full_year_effect, now: now.full_year_effect });
  list.push({ figure: 'currency', planned: planned.currency, now: now.currency });
  // Proposals without layer shifts are older than the counting of those who only follow a head.
  if (planned.layer_shifts !== undefined) {
    const [then, today] = [lineEffects(planned), lineEffects(delta)];
    for (const figure of new Set([...then.keys(), ...today.keys()]))
      list.push({ figure, planned: then.get(figure) ?? '0', now: today.get(figure) ?? '0' });
  }
  return list.filter((f) => f.planned !== f.now);
};

/**
 * Judges stored changes that were decided again. Throws SCENARIO_MOVED, with what differs and the arguments of a new plan,
 * unless they come to exactly what was reviewed: the same values before, the same impact, the same findings. Where the
 * policies moved too, what they say now is judged afterwards and is no difference here. Returns the findings that hold now.
 */
export const requireUnmoved = (caller: Caller, content: ProposalContent, now: Recheck, policiesMoved: boolean): Finding[] => {
  const relevant = (list: readonly Finding[]) => (policiesMoved ? list.filter((f) => !ofPolicies(f)) : [...list]);
  const added = without(relevant(now.findings), content.findings);
  const gone = without(relevant(content.findings), now.findings);
  const impact = impactDifferences(content.impact, now.delta);
  if (now.differences.length + impact.length + added.length + gone.length === 0) return now.findings;
  const stops = added.filter((f) => f.severity === 'stop');
  const shown = impact.filter((f) =>
    maySeeField(caller, (moneyFigures as readonly string[]).includes(f.figure) || f.figure === 'full_year_effect' ? 'amount' : f.figure),
  );
  throw new Refusal(
    [
      finding(
        'SCENARIO_MOVED',
        'the scenario changed since the proposal was planned, and confirming it would no longer do exactly what was reviewed',
        {
          ids: [...new Set(now.differences.map((d) => d.id))].slice(0, SHOWN),
          ...(stops.length > 0
            ? { wayOut: 'Change the actions in this answer as the other findings say, then plan them again and confirm the new proposal.' }
            : {}),
        },
      ),
      ...stops.slice(0, SHOWN).map((f) => showFinding(caller, f)),
    ],
    {
      proposal_id: content.proposal_id,
      difference: {
        changes: now.differences
          .slice(0, SHOWN)
          .map((d) => (maySeeField(caller, d.field) ? d : { index: d.index, kind: d.kind, id: d.id, field: d.field })),
        ...(now.differences.length > SHOWN ? { more_changes: now.differences.length - SHOWN } : {}),
        impact: shown.slice(0, SHOWN),
        ...(shown.length > SHOWN ? { more_impact: shown.length - SHOWN } : {}),
        new_findings: added.slice(0, SHOWN).map((f) => showFinding(caller, f)),
        gone_findings: gone.slice(0, SHOWN).map((f) => showFinding(caller, f)),
      },
      ...planAgain(caller, content),
    },
  );
};
