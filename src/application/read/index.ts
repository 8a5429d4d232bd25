import { need } from '../context.ts';
import type { Operation } from '../operation.ts';
import { actorList } from './actor-list.ts';
import { compare } from './compare.ts';
import { costSummary } from './cost-summary.ts';
import { entity } from './entity.ts';
import { events } from './events.ts';
import { metrics } from './metrics.ts';
import { overview } from './overview.ts';
import { placementList } from './placement-list.ts';
import { positionList } from './position-list.ts';
import { search } from './search.ts';
import { settingsGet } from './settings-get.ts';
import { teamList } from './team-list.ts';
import { tree } from './tree.ts';

/** Abilities are checked in the handler itself, whichever face calls it. Whatever reads a scenario asks for what reads scenarios. */
const guarded = (op: Operation): Operation => {
  const alsoAsksFor: NonNullable<Operation['alsoAsksFor']> = (args) => [
    ...(typeof args.scenario_id === 'string' ? (['scenarios.read'] as const) : []),
    ...(op.alsoAsksFor?.(args) ?? []),
  ];
  return {
    ...op,
    alsoAsksFor,
    run: async (deps, caller, input) => {
      need(caller, ...new Set([...op.abilities, ...alsoAsksFor(input)]));
      return op.run(deps, caller, input);
    },
  };
};

/** Every operation that reads the organisation, its scenarios side by side, or the log. None of them writes. */
export const readOperations: readonly Operation[] = (
  [
    overview,
    search,
    tree,
    entity,
    positionList,
    placementList,
    teamList,
    actorList,
    costSummary,
    metrics,
    compare,
    events,
    settingsGet,
  ] as unknown as Operation[]
).map(guarded);

export { branchTotals } from '../../projections/queries/totals.ts';
export { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
export { findScenario, seesEveryScenario, visibleScenario } from './visibility.ts';
