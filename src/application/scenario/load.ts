import { streams } from '../../domain/events.ts';
import { evolve, type ProposalState, type ScenarioEvent, type ScenarioState, scenarioEventTypes } from '../../domain/scenario.ts';
import type { StoredEvent } from '../../store/port.ts';
import { withSignal } from '../append.ts';
import type { Caller, Deps } from '../context.ts';
import { findScenario, noScenario, type ScenarioRow, scenarioRowColumns } from '../read/visibility.ts';

/** A scenario exactly as its stream stands at `revision`, whose event has the tenant position `position`. */
export interface ScenarioAtHead {
  state: ScenarioState;
  revision: number;
  position: number;
}

type Row = ScenarioRow & { pin: number };

/** One event of the log as the fold of a scenario takes it. */
export const scenarioEvent = (event: StoredEvent): ScenarioEvent => {
  if (!(scenarioEventTypes as readonly string[]).includes(event.type)) throw new TypeError(`no event of a scenario: ${event.type}`);
  return {
    type: event.type,
    data: event.data,
    position: event.position,
    user: event.metadata.user,
    recorded_at: event.recorded_at,
  } as ScenarioEvent;
};

/**
 * The scenario at the head of its stream, from the read model once that has reached it; its proposals are left out. NOT_FOUND
 * where there is none or it is not the caller's to see. Needs scenarios.read.
 */
export const scenarioAtHead = async (deps: Deps, caller: Caller, scenario_id: string): Promise<ScenarioAtHead> => {
  const { tenant, signal } = caller;
  const head = await deps.store.head(tenant, streams.scenario(tenant, scenario_id), withSignal(signal));
  if (!head) throw noScenario(scenario_id);
  await deps.reached(tenant, head.position, signal);
  // Who may see it is judged as it stands now; what it holds, as it stands at the head just read.
  await findScenario(deps, caller, scenario_id);
  const [row] = await deps.sql.query<Row>(
    `select ${scenarioRowColumns('s')},
       (select p.baseline_position::float8 from branch_pin p where p.tenant = s.tenant and p.branch = s.branch and p.from_position <= $3::bigint
        order by p.from_position desc limit 1) as pin
     from scenario_version s
     where s.tenant = $1::int and s.id = $2::uuid and s.from_position <= $3::bigint and s.to_position > $3::bigint`,
    [tenant, scenario_id, head.position],
  );
  if (!row) throw noScenario(scenario_id);
  const { id: _, created_position: __, purpose, pin, ...rest } = row;
  const state: ScenarioState = {
    ...rest,
    scenario_id,
    ...(purpose === null ? {} : { purpose }),
    baseline_position: pin,
    proposals: new Map(),
  };
  return { state, revision: head.revision, position: head.position };
};

/** The same scenario with one of its proposals in view. */
export const withProposalState = (scenario: ScenarioAtHead, proposal: ProposalState): ScenarioAtHead => ({
  ...scenario,
  state: { ...scenario.state, proposals: new Map(scenario.state.proposals).set(proposal.proposal_id, proposal) },
});

/**
 * What was appended since, folded on. `undefined` when another proposal was confirmed in between: the content moved, and what
 * was decided has to be decided again. Events about proposals that are not in view say nothing about the one that is.
 */
export const catchUp = async (deps: Deps, caller: Caller, scenario: ScenarioAtHead): Promise<ScenarioAtHead | undefined> => {
  const { tenant } = caller;
  const stream = streams.scenario(tenant, scenario.state.scenario_id);
  const inView = new Set(scenario.state.proposals.keys());
  let { state, revision, position } = scenario;
  for (;;) {
    const page = await deps.store.readStream(tenant, stream, revision + 1, 1000, withSignal(caller.signal));
    for (const stored of page) {
      const event = scenarioEvent(stored);
      const about = 'proposal_id' in event.data ? event.data.proposal_id : undefined;
      const replaced = event.type === 'ProposalPlanned' && event.data.replaces !== undefined && inView.has(event.data.replaces);
      if (about === undefined || inView.has(about) || replaced) state = evolve(state, event);
      else if (event.type === 'ProposalConfirmed') return undefined;
      revision = stored.revision;
      position = stored.position;
    }
    if (page.length < 1000) return { state, revision, position };
  }
};
