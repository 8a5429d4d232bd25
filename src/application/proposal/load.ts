import { Refusal, finding } from '../../domain/codes.ts';
import { type EventData, streams } from '../../domain/events.ts';
import type { ProposalState } from '../../domain/scenario.ts';
import type { StoredEvent } from '../../store/port.ts';
import { withSignal } from '../append.ts';
import type { Caller, Deps } from '../context.ts';
import { type ScenarioAtHead, scenarioAtHead, withProposalState } from '../scenario/load.ts';

/** The same answer for a proposal that never was, another tenant's, and one of a scenario the caller may not see. */
export const noProposal = (id: string): Refusal =>
  new Refusal([
    finding('NOT_FOUND', `there is no proposal ${id}`, { ids: [id], wayOut: 'List the proposals you can see with scenario.action.list.' }),
    finding('PROPOSAL_UNKNOWN', `no such proposal: ${id}`, { ids: [id] }),
  ]);

/** One event by its place in the tenant's log. */
export const eventAt = async (deps: Deps, caller: Caller, position: number): Promise<StoredEvent> => {
  const [event] = await deps.store.readLog(caller.tenant, position - 1, 1, withSignal(caller.signal));
  if (event?.position !== position) throw new TypeError(`the log has no event ${position}`);
  return event;
};

/**
 * SQL for the first proposal that was planned up to a position to stand in for a row of `proposal_version`, or null. The log
 * tells it by the later plan alone, so it is looked up and not kept twice. Only a proposal that waits is replaced by it.
 */
export const successor = (alias: string, position: string): string =>
  `(select q.id from proposal_version q where q.tenant = ${alias}.tenant and q.replaces = ${alias}.id and q.planned_position <= ${position}::bigint
    order by q.planned_position limit 1)`;

interface Row {
  state: ProposalState['state'];
  planned_position: number;
  from_position: number;
  confirmed_position: number | null;
  confirmed_content_version: number | null;
  replaced_by: string | null;
}

/** A proposal of a scenario as it stood at the scenario's head; undefined when nothing was planned under this id there. */
export const proposalAt = async (
  deps: Deps,
  caller: Caller,
  scenario: ScenarioAtHead,
  proposal_id: string,
): Promise<ProposalState | undefined> => {
  const [row] = await deps.sql.query<Row>(
    `select state, planned_position::float8 as planned_position, from_position::float8 as from_position,
       confirmed_position::float8 as confirmed_position, confirmed_content_version, ${successor('p', '$4')} as replaced_by
     from proposal_version p
     where tenant = $1::int and id = $2::uuid and scenario_id = $3::uuid and from_position <= $4::bigint and to_position > $4::bigint`,
    [caller.tenant, proposal_id, scenario.state.scenario_id, scenario.position],
  );
  if (!row) return undefined;
  const planned = await eventAt(deps, caller, row.planned_position);
  const common = {
    proposal_id,
    state: row.state,
    planned: planned.data as EventData['ProposalPlanned'],
    planned_position: planned.position,
    planned_at: planned.recorded_at,
  };
  if (row.state === 'planned') return row.replaced_by === null ? common : { ...common, replaced_by: row.replaced_by };
  const last = await eventAt(deps, caller, row.confirmed_position ?? row.from_position);
  const done = { position: last.position, by: last.metadata.user, at: last.recorded_at };
  return row.state === 'withdrawn'
    ? { ...common, withdrawn: done }
    : { ...common, confirmed: { ...done, content_version: row.confirmed_content_version ?? 0 } };
};

/**
 * The proposal with its scenario at the head of the scenario's stream. Which scenario it belongs to is read from the
 * proposal's own stream, so that no delay of the read model can hide what was just planned.
 */
export const proposalInView = async (
  deps: Deps,
  caller: Caller,
  proposal_id: string,
): Promise<{ scenario: ScenarioAtHead; proposal: ProposalState }> => {
  const [first] = await deps.store.readStream(caller.tenant, streams.proposal(caller.tenant, proposal_id), 0, 1, withSignal(caller.signal));
  if (!first) throw noProposal(proposal_id);
  const { scenario_id } = first.data as EventData['ProposalContentStored'];
  const scenario = await scenarioAtHead(deps, caller, scenario_id).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'NOT_FOUND' ? noProposal(proposal_id) : error;
  });
  const proposal = await proposalAt(deps, caller, scenario, proposal_id);
  if (!proposal) throw noProposal(proposal_id);
  return { scenario: withProposalState(scenario, proposal), proposal };
};
