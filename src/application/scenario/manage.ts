import { refuse } from '../../domain/codes.ts';
import { type EventData, streams } from '../../domain/events.ts';
import { decideArchive, decideLock, decideReopen, decideShare, type ScenarioState } from '../../domain/scenario.ts';
import { RevisionConflict } from '../../store/port.ts';
import { appendSurely } from '../append.ts';
import { type Caller, type Deps, metadataOf, need } from '../context.ts';
import { tenantSettings } from '../tenant/settings.ts';
import { scenarioAtHead } from './load.ts';
import { withinLimit } from './limit.ts';

/** What a change of a scenario's state answers. `changed` is false when it was so already: nothing was written. */
export interface Managed {
  scenario_id: string;
  state: ScenarioState['state'];
  visibility: ScenarioState['visibility'];
  locked: boolean;
  changed: boolean;
  event_position: number;
}

type ManageType = 'ScenarioShared' | 'ScenarioArchived' | 'ScenarioReopened' | 'ScenarioLocked';

/** Only the owner of a scenario, and the tenant's owner and admins, share, archive or lock it. */
const requireOwner = (state: ScenarioState, caller: Caller): void => {
  if (state.owner !== caller.user.id && caller.role !== 'owner' && caller.role !== 'admin')
    throw refuse('FORBIDDEN', 'only its owner, or an owner or admin of the tenant, may do this to a scenario', {
      ids: [state.scenario_id],
      wayOut: 'Ask the owner of the scenario.',
    });
};

/** Decides on the scenario at its head and appends at exactly that revision; decides again when it moved in between. */
const manage = async <T extends ManageType>(
  deps: Deps,
  caller: Caller,
  scenario_id: string,
  type: T,
  decide: (state: ScenarioState) => Promise<EventData[T] | undefined>,
  reason?: string,
): Promise<Managed> => {
  need(caller, 'scenarios.write', 'scenarios.read');
  const event_id = deps.newId();
  for (let attempt = 0; ; attempt++) {
    const { state, revision, position } = await scenarioAtHead(deps, caller, scenario_id);
    requireOwner(state, caller);
    const data = await decide(state);
    const answer = { scenario_id, state: state.state, visibility: state.visibility, locked: state.locked };
    if (!data) return { ...answer, changed: false, event_position: position };
    const event = {
      event_id,
      type,
      schema_version: 1,
      data,
      metadata: metadataOf(caller, reason ? { reason } : {}),
      recorded_at: deps.now().toISOString(),
    };
    try {
      const { position: written } = await appendSurely(
        deps.store,
        caller.tenant,
        streams.scenario(caller.tenant, scenario_id),
        revision,
        [event],
        caller.signal,
      );
      await deps.reached(caller.tenant, written, caller.signal);
      const { state: after } = await scenarioAtHead(deps, caller, scenario_id);
      return {
        scenario_id,
        state: after.state,
        visibility: after.visibility,
        locked: after.locked,
        changed: true,
        event_position: written,
      };
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt >= 20) throw error;
    }
  }
};

/** Shares a scenario with everybody of the tenant, or with users by id, or makes it private again. For a person: command line, web. */
export const shareScenario = (
  deps: Deps,
  caller: Caller,
  given: { scenario_id: string; visibility: 'private' | 'shared'; with?: readonly string[]; reason?: string },
): Promise<Managed> =>
  manage(
    deps,
    caller,
    given.scenario_id,
    'ScenarioShared',
    async (state) => decideShare(state, { visibility: given.visibility, ...(given.with ? { with: given.with } : {}) }),
    given.reason,
  );

/** Archives a scenario: it takes no more plans or confirms and does not count against the subscription. */
export const archiveScenario = (deps: Deps, caller: Caller, given: { scenario_id: string; reason?: string }): Promise<Managed> =>
  manage(deps, caller, given.scenario_id, 'ScenarioArchived', async (state) => decideArchive(state), given.reason);

/** Opens an archived scenario again, where the subscription still allows one more. */
export const reopenScenario = (deps: Deps, caller: Caller, given: { scenario_id: string; reason?: string }): Promise<Managed> =>
  manage(
    deps,
    caller,
    given.scenario_id,
    'ScenarioReopened',
    async (state) => {
      const data = decideReopen(state);
      const position = await deps.projected(caller.tenant);
      if (data && state.state === 'archived')
        await withinLimit(deps, caller, (await tenantSettings(deps, caller.tenant, position)).settings, position, 1);
      return data;
    },
    given.reason,
  );

/** Locks an open scenario against plans and confirms, or unlocks it. For a person: command line, web. */
export const lockScenario = (
  deps: Deps,
  caller: Caller,
  given: { scenario_id: string; locked: boolean; reason?: string },
): Promise<Managed> =>
  manage(deps, caller, given.scenario_id, 'ScenarioLocked', async (state) => decideLock(state, given.locked), given.reason);
