import type { PlannedChange } from '../../domain/changes.ts';
import type { EventData, EventType } from '../../domain/events.ts';
import type { Basis } from '../../projections/basis.ts';
import { changesOfEvent, changeTypesOfEvent } from '../../projections/queries/recorded.ts';
import { proposalContent } from '../../projections/staged.ts';
import type { StoredEvent } from '../../store/port.ts';
import type { Deps } from '../context.ts';
import { tellChanges } from './change-words.ts';
import { cut } from './shape.ts';

/** A proposal with more changes than this is only counted. */
const READABLE = 5000;

/** How an event is told: how many sentences of its changes, and whether of those to one thing alone. */
export interface Telling {
  sentences: number;
  entity_id?: string | undefined;
}

const touches = (change: PlannedChange, id: string): boolean => change.id === id || (change.reverts?.some((r) => r.id === id) ?? false);

const countTypes = (changes: readonly { type: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { type } of changes) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
};

/** What an event of the baseline changed: how many changes of each type, and the first of them in words. */
const toldBaseline = async (deps: Deps, basis: Basis, position: number, telling: Telling): Promise<Partial<Told>> => {
  const at = { tenant: basis.tenant, branch: 0, position, id: telling.entity_id };
  const change_types = await changeTypesOfEvent(deps.sql, at);
  const changes = await changesOfEvent(deps.sql, at, telling.sentences);
  return {
    changes: await tellChanges(deps, { ...basis, branch: 0, scenario_id: null, position, pin: position }, changes),
    change_types,
    count: Object.values(change_types).reduce((sum, n) => sum + n, 0),
  };
};

/** Settings by name; the subscription with what it became, for it decides what is open. */
const changedSettings = (settings: EventData['SettingsChanged']['settings']): string =>
  Object.keys(settings)
    .map((name) => (name === 'subscription' ? `subscription to ${settings.subscription}` : name))
    .join(', ');

interface Told {
  summary: string;
  changes?: string[];
  change_types?: Record<string, number>;
  count?: number;
  scenario_id?: string;
  proposal_id?: string;
}

/** What an event says in plain words. Every type of event has its case. */
export const tell = async (
  deps: Deps,
  basis: Basis,
  event: StoredEvent,
  proposals: Map<string, { content_sha256: string; change_count: number; title: string }>,
  telling: Telling,
): Promise<Told> => {
  const type = event.type as EventType;
  const data = event.data as never;
  const of = <T extends EventType>(_: T): EventData[T] => data;
  const title = (id: string) => JSON.stringify(cut(proposals.get(id)?.title ?? id, 120));
  switch (type) {
    case 'TenantCreated':
      return { summary: `Tenant ${of(type).slug} created.` };
    case 'SettingsChanged':
      return { summary: `Settings changed: ${changedSettings(of(type).settings)}.` };
    case 'BaselineChanged':
      return {
        summary: `Baseline changed by ${of(type).changes.length} change(s).`,
        ...(await toldBaseline(deps, basis, event.position, telling)),
      };
    case 'BaselineImportApplied': {
      const d = of(type);
      return {
        summary: `Import of ${JSON.stringify(cut(d.file_name, 120))} (source ${JSON.stringify(cut(d.source, 60))}, SHA-256 ${d.file_sha256}) applied in ${d.batches.length} batch(es)${d.complete ? '; the file was declared complete' : ''}.`,
        ...(await toldBaseline(deps, basis, event.position, telling)),
      };
    }
    case 'SnapshotNamed':
      return { summary: `Position ${of(type).position} named ${JSON.stringify(cut(of(type).name, 120))}.` };
    case 'ImportStaged':
      return {
        summary: `Batch ${of(type).batch} of an import staged with ${of(type).changes.length} change(s); not in force by itself.`,
        count: of(type).changes.length,
      };
    case 'ScenarioCreated':
      return {
        summary: `Scenario ${JSON.stringify(cut(of(type).name, 120))} created on baseline position ${of(type).baseline_position}.`,
        scenario_id: of(type).scenario_id,
      };
    case 'ScenarioShared':
      return {
        summary:
          of(type).visibility === 'shared'
            ? 'Scenario shared with everybody.'
            : `Scenario kept private, shared with ${of(type).with.length} person(s).`,
        scenario_id: of(type).scenario_id,
      };
    case 'ScenarioArchived':
      return { summary: 'Scenario archived.', scenario_id: of(type).scenario_id };
    case 'ScenarioReopened':
      return { summary: 'Scenario reopened.', scenario_id: of(type).scenario_id };
    case 'ScenarioLocked':
      return { summary: of(type).locked ? 'Scenario locked.' : 'Scenario unlocked.', scenario_id: of(type).scenario_id };
    case 'ProposalPlanned': {
      const d = of(type);
      return {
        summary: `Proposal ${JSON.stringify(cut(d.title, 120))} planned with ${d.change_count} change(s)${d.replaces ? `, in place of proposal ${d.replaces}` : ''}; nothing applied. Expires ${d.expires_at}; digest ${d.digest}.`,
        count: d.change_count,
        scenario_id: d.scenario_id,
        proposal_id: d.proposal_id,
      };
    }
    case 'ProposalConfirmed': {
      const d = of(type);
      const known = proposals.get(d.proposal_id);
      const told: Told = {
        summary: `Proposal ${title(d.proposal_id)} confirmed: content version ${d.content_version}; digest ${d.digest}.`,
        scenario_id: d.scenario_id,
        proposal_id: d.proposal_id,
      };
      if (!known) return told;
      if (known.change_count > READABLE) return { ...told, count: known.change_count };
      const content = await proposalContent(deps.store, basis.tenant, event.position, d.proposal_id, known.content_sha256);
      const changes = content.changes.filter((c) => telling.entity_id === undefined || touches(c, telling.entity_id));
      return {
        ...told,
        changes: changes.slice(0, telling.sentences).map((c) => c.sentence),
        change_types: countTypes(changes),
        count: changes.length,
      };
    }
    case 'ProposalWithdrawn':
      return {
        summary: `Proposal ${title(of(type).proposal_id)} withdrawn.`,
        scenario_id: of(type).scenario_id,
        proposal_id: of(type).proposal_id,
      };
    case 'ProposalContentStored':
      return {
        summary: `Part ${of(type).part + 1} of ${of(type).parts} of a proposal's content stored.`,
        scenario_id: of(type).scenario_id,
        proposal_id: of(type).proposal_id,
      };
    case 'UserAdded':
      return { summary: `User ${of(type).user_id} added as ${of(type).role}.` };
    case 'RoleChanged':
      return { summary: `Role of user ${of(type).user_id} changed to ${of(type).role}.` };
    case 'UserRemoved':
      return { summary: `User ${of(type).user_id} removed.` };
    case 'TokenCreated':
      return {
        summary: `Token ${JSON.stringify(cut(of(type).name, 120))} created for user ${of(type).user_id}${of(type).replaces ? `, in place of token ${of(type).replaces}` : ''}.`,
      };
    case 'TokenRevoked':
      return { summary: `Token ${of(type).token_id} of user ${of(type).user_id} revoked.` };
    case 'AppConnected':
      return { summary: `User ${of(type).user_id} connected the app ${JSON.stringify(cut(of(type).client_name, 120))}.` };
    case 'AppNarrowed':
      return { summary: `Connected app ${of(type).grant_id} of user ${of(type).user_id} narrowed.` };
    case 'AppRevoked':
      return {
        summary:
          of(type).why === 'reuse'
            ? `Connected app ${of(type).grant_id} of user ${of(type).user_id} disconnected: a spent code or refresh token was used again.`
            : `Connected app ${of(type).grant_id} of user ${of(type).user_id} disconnected by ${of(type).why === 'client' ? 'the app itself' : 'a person'}.`,
      };
    case 'SignedIn':
      return { summary: `User ${of(type).user_id} signed in (${of(type).way}).` };
    case 'SignedOut':
      return { summary: `User ${of(type).user_id} signed out.` };
    case 'SignInFailed':
      return {
        summary: `${of(type).failed} failed sign-ins in the minute from ${of(type).minute}, ${of(type).throttled} more stopped by the limit.`,
      };
    case 'UpstreamBound':
      return { summary: `User ${of(type).user_id} was bound to the account at ${cut(of(type).issuer, 200)} they signed in with.` };
    case 'UpstreamReleased':
      return { summary: `User ${of(type).user_id} is bound to no account at ${cut(of(type).issuer, 200)} any more.` };
    case 'UpstreamRefused':
      return {
        summary: `Another account at ${cut(of(type).issuer, 200)} with the address of user ${of(type).user_id} was refused.`,
      };
    case 'PasswordSet':
      return { summary: `User ${of(type).user_id} set a password.` };
    case 'InvitationMade':
      return {
        summary: `Invitation ${of(type).invitation_id} made, as ${of(type).role}${of(type).user_id === undefined ? '' : `, for user ${of(type).user_id}`}.`,
      };
    case 'InvitationAccepted':
      return { summary: `Invitation ${of(type).invitation_id} accepted by user ${of(type).user_id}.` };
    case 'KeysRotated':
      return { summary: `Keys of the authorization server replaced; the new signing key is ${of(type).key_id}.` };
    default:
      return type satisfies never;
  }
};
