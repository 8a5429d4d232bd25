import type { AccessRole } from './abilities.ts';
import { refuse } from './codes.ts';
import type { EventData, TenantSettings } from './events.ts';

/** The event types of a scenario's stream. */
export const scenarioEventTypes = [
  'ScenarioCreated',
  'ScenarioShared',
  'ScenarioArchived',
  'ScenarioReopened',
  'ScenarioLocked',
  'ProposalPlanned',
  'ProposalConfirmed',
  'ProposalWithdrawn',
] as const;
export type ScenarioEventType = (typeof scenarioEventTypes)[number];

/** One event of a scenario's stream as the fold needs it. `user` is the id in the event's metadata, `recorded_at` ISO UTC. */
export type ScenarioEvent = {
  [T in ScenarioEventType]: { type: T; data: EventData[T]; position: number; user: string; recorded_at: string };
}[ScenarioEventType];

/** A proposal as its scenario's stream tells it. The content lies in the proposal's own stream. */
export interface ProposalState {
  proposal_id: string;
  state: 'planned' | 'confirmed' | 'withdrawn';
  /** What ProposalPlanned said. */
  planned: EventData['ProposalPlanned'];
  planned_position: number;
  planned_at: string;
  /** The first answer to a confirm: every later confirm gets it again. */
  confirmed?: { position: number; content_version: number; by: string; at: string };
  withdrawn?: { position: number; by: string; at: string };
  /** The first proposal planned to stand in for this one while it waited: this one is not confirmed any more. */
  replaced_by?: string;
}

export interface ScenarioState {
  scenario_id: string;
  name: string;
  purpose?: string;
  owner: string;
  visibility: 'private' | 'shared';
  shared_with: readonly string[];
  /** Position of ScenarioCreated: the branch number. */
  branch: number;
  /** The pin. */
  baseline_position: number;
  state: 'open' | 'submitted' | 'approved' | 'applied' | 'archived';
  locked: boolean;
  /** How many times the content changed: counts ProposalConfirmed. */
  content_version: number;
  /** Position of the last event that changed the content (of ScenarioCreated while there is none). */
  content_position: number;
  proposals: ReadonlyMap<string, ProposalState>;
}

const withProposal = (state: ScenarioState, id: string, change: (p: ProposalState) => ProposalState): ScenarioState => {
  const old = state.proposals.get(id);
  if (!old) throw new TypeError(`scenario ${state.scenario_id}: event for a proposal that was never planned: ${id}`);
  return { ...state, proposals: new Map(state.proposals).set(id, change(old)) };
};

/** Folds one event into the state. The first event must be ScenarioCreated. */
export const evolve = (state: ScenarioState | undefined, event: ScenarioEvent): ScenarioState => {
  if (event.type === 'ScenarioCreated') {
    const { scenario_id, name, purpose, owner, visibility, baseline_position } = event.data;
    return {
      scenario_id,
      name,
      ...(purpose === undefined ? {} : { purpose }),
      owner,
      visibility,
      shared_with: [],
      branch: event.position,
      baseline_position,
      state: 'open',
      locked: false,
      content_version: 0,
      content_position: event.position,
      proposals: new Map(),
    };
  }
  if (!state) throw new TypeError(`a scenario begins with ScenarioCreated, not ${event.type}`);
  const { position, user: by, recorded_at: at } = event;
  switch (event.type) {
    case 'ScenarioShared':
      return { ...state, visibility: event.data.visibility, shared_with: event.data.with };
    case 'ScenarioArchived':
      return { ...state, state: 'archived' };
    case 'ScenarioReopened':
      return { ...state, state: 'open' };
    case 'ScenarioLocked':
      return { ...state, locked: event.data.locked };
    case 'ProposalPlanned': {
      const planned = event.data;
      const proposal: ProposalState = {
        proposal_id: planned.proposal_id,
        state: 'planned',
        planned,
        planned_position: position,
        planned_at: at,
      };
      const proposals = new Map(state.proposals).set(planned.proposal_id, proposal);
      const replaced = planned.replaces === undefined ? undefined : proposals.get(planned.replaces);
      if (replaced?.state === 'planned' && replaced.replaced_by === undefined)
        proposals.set(replaced.proposal_id, { ...replaced, replaced_by: planned.proposal_id });
      return { ...state, proposals };
    }
    case 'ProposalConfirmed': {
      const content_version = state.content_version + 1;
      const next = withProposal(state, event.data.proposal_id, (p) => ({
        ...p,
        state: 'confirmed',
        confirmed: { position, content_version, by, at },
      }));
      return { ...next, content_version, content_position: position };
    }
    case 'ProposalWithdrawn':
      return withProposal(state, event.data.proposal_id, (p) => ({ ...p, state: 'withdrawn', withdrawn: { position, by, at } }));
    default:
      return event satisfies never;
  }
};

/** Folds a whole stream; undefined for an empty one. */
export const foldScenario = (events: Iterable<ScenarioEvent>): ScenarioState | undefined => {
  let state: ScenarioState | undefined;
  for (const event of events) state = evolve(state, event);
  return state;
};

/** Who may see a scenario at all: its owner, people named, the tenant's owner and admins, and everybody once it is shared. */
export const maySee = (
  scenario: { owner: string; visibility: 'private' | 'shared'; shared_with: readonly string[] },
  user: string,
  role: AccessRole,
): boolean =>
  scenario.visibility === 'shared' ||
  scenario.owner === user ||
  scenario.shared_with.includes(user) ||
  role === 'owner' ||
  role === 'admin';

/** Only an open, unlocked scenario takes plans and confirms. */
export const requireOpen = (state: ScenarioState): void => {
  if (state.state !== 'open') throw refuse('SCENARIO_LOCKED', `the scenario is ${state.state}`, { ids: [state.scenario_id] });
  if (state.locked) throw refuse('SCENARIO_LOCKED', 'the scenario is locked', { ids: [state.scenario_id] });
};

/** How many scenarios that are not archived a subscription allows. */
export const activeScenarioLimit: Record<TenantSettings['subscription'], number> = {
  free: 1,
  team: 3,
  business: 10,
  enterprise: Number.POSITIVE_INFINITY,
  agency: Number.POSITIVE_INFINITY,
};

/** The new event's data, or undefined when nothing would change (doing it twice is doing it once). */
export const decideShare = (
  state: ScenarioState,
  to: { visibility: 'private' | 'shared'; with?: readonly string[] },
): EventData['ScenarioShared'] | undefined => {
  const shared = [...new Set(to.with ?? state.shared_with)].sort();
  const same = to.visibility === state.visibility && shared.join() === [...state.shared_with].sort().join();
  return same ? undefined : { scenario_id: state.scenario_id, visibility: to.visibility, with: shared };
};

export const decideArchive = (state: ScenarioState): EventData['ScenarioArchived'] | undefined =>
  state.state === 'archived' ? undefined : { scenario_id: state.scenario_id };

/** An applied scenario is history and stays so; every other state goes back to open. */
export const decideReopen = (state: ScenarioState): EventData['ScenarioReopened'] | undefined => {
  if (state.state === 'applied')
    throw refuse('SCENARIO_LOCKED', 'an applied scenario is not reopened', {
      ids: [state.scenario_id],
      wayOut: 'Create another scenario.',
    });
  return state.state === 'open' ? undefined : { scenario_id: state.scenario_id };
};

export const decideLock = (state: ScenarioState, locked: boolean): EventData['ScenarioLocked'] | undefined =>
  state.locked === locked ? undefined : { scenario_id: state.scenario_id, locked };
