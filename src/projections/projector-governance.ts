import type { EventData, TenantSettings } from '../domain/events.ts';
import type { StoredEvent } from '../store/port.ts';
import type { Fields, Ledger, Versioned } from './ledger.ts';

/** The open row of a proposal or scenario; throws when the log names what never was. */
const open = async (ledger: Ledger, table: Versioned, event: StoredEvent, id: string): Promise<Fields> => {
  const row = await ledger.open(table, id);
  if (!row) throw new Error(`${event.type} names ${id}, which ${table} does not hold`);
  return row;
};

/** Ends the open row of a thing and begins the next, which differs in `changed`. Throws when there is none. */
const next = async (
  ledger: Ledger,
  table: Versioned,
  event: StoredEvent,
  id: string,
  changed: (old: Fields) => Fields,
): Promise<Fields> => {
  const old = await open(ledger, table, event, id);
  const row = { ...old, ...changed(old), from_position: event.position };
  await ledger.begin(table, id, row);
  return row;
};

/** Settings events: each leaves the whole settings in force from its position on. */
export const projectSettings = async (ledger: Ledger, event: StoredEvent): Promise<void> => {
  const old = (await ledger.open('tenant_settings', 'settings'))?.settings as TenantSettings | undefined;
  const settings = { ...old, ...(event.data as EventData['SettingsChanged']).settings };
  await ledger.begin('tenant_settings', 'settings', { tenant: event.tenant, from_position: event.position, settings });
};

/** A new scenario: its row and its pin. Its branch number is the position of this event; it holds no other rows. */
export const projectScenarioCreated = async (ledger: Ledger, event: StoredEvent): Promise<void> => {
  const data = event.data as EventData['ScenarioCreated'];
  await ledger.begin('scenario_version', data.scenario_id, {
    tenant: event.tenant,
    id: data.scenario_id,
    branch: event.position,
    from_position: event.position,
    name: data.name,
    purpose: data.purpose ?? null,
    owner: data.owner,
    visibility: data.visibility,
    shared_with: [],
    state: 'open',
    locked: false,
    content_version: 0,
    content_position: event.position,
    created_position: event.position,
  });
  await ledger.add('branch_pin', {
    tenant: event.tenant,
    branch: event.position,
    from_position: event.position,
    baseline_position: data.baseline_position,
  });
};

/** Changes of a scenario's state or visibility. */
export const projectScenarioState = (ledger: Ledger, event: StoredEvent, id: string, changed: Fields): Promise<Fields> =>
  next(ledger, 'scenario_version', event, id, () => changed);

export const projectPlanned = async (ledger: Ledger, event: StoredEvent): Promise<void> => {
  const data = event.data as EventData['ProposalPlanned'];
  const scenario = await open(ledger, 'scenario_version', event, data.scenario_id);
  await ledger.begin('proposal_version', data.proposal_id, {
    tenant: event.tenant,
    id: data.proposal_id,
    scenario_id: data.scenario_id,
    branch: scenario.branch,
    from_position: event.position,
    state: 'planned',
    title: data.title,
    planner: data.planner,
    digest: data.digest,
    content_sha256: data.content_sha256,
    content_version: data.content_version,
    expires_at: data.expires_at,
    replaces: data.replaces ?? null,
    change_count: data.change_count,
    warnings: data.warnings,
    approval_required: data.approval_required,
    planned_position: event.position,
  });
};

export const projectWithdrawn = (ledger: Ledger, event: StoredEvent): Promise<Fields> =>
  next(ledger, 'proposal_version', event, (event.data as EventData['ProposalWithdrawn']).proposal_id, () => ({ state: 'withdrawn' }));

/**
 * A confirmation: the proposal is confirmed, the scenario's content version goes up by one. Returns the branch and the hash of
 * the content that is now real. Throws when the digest is not the planned one, or the proposal was confirmed or withdrawn.
 */
export const projectConfirmed = async (ledger: Ledger, event: StoredEvent): Promise<{ branch: number; content_sha256: string }> => {
  const data = event.data as EventData['ProposalConfirmed'];
  const scenario = await next(ledger, 'scenario_version', event, data.scenario_id, (old) => ({
    content_version: Number(old.content_version) + 1,
    content_position: event.position,
  }));
  const proposal = await next(ledger, 'proposal_version', event, data.proposal_id, (old) => {
    if (old.state !== 'planned') throw new Error(`proposal ${data.proposal_id} is confirmed, but it is ${String(old.state)}`);
    if (old.digest !== data.digest || old.scenario_id !== data.scenario_id)
      throw new Error(`proposal ${data.proposal_id}: what is confirmed is not what was planned`);
    return {
      state: 'confirmed',
      confirmed_position: event.position,
      confirmed_content_version: scenario.content_version,
      confirmed_by: event.metadata.user,
    };
  });
  return { branch: Number(scenario.branch), content_sha256: String(proposal.content_sha256) };
};

export const projectImportApplied = async (ledger: Ledger, event: StoredEvent): Promise<void> => {
  const { import_id, source, file_name, file_sha256, counts, complete } = event.data as EventData['BaselineImportApplied'];
  const row = { tenant: event.tenant, position: event.position, import_id, source, file_name, file_sha256, counts, complete };
  await ledger.add('import_applied', row);
};

/** A name for a position. Its event id makes it one of a kind; a log that names twice is broken, and the key refuses it. */
export const projectSnapshotNamed = (ledger: Ledger, event: StoredEvent): Promise<void> => {
  const { name, position } = event.data as EventData['SnapshotNamed'];
  return ledger.add('snapshot_named', {
    tenant: event.tenant,
    name,
    position,
    named_position: event.position,
    named_by: event.metadata.user,
  });
};
