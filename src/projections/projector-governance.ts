import type { EventData, TenantSettings } from '../domain/events.ts';
import type { StoredEvent } from '../store/port.ts';
import { OPEN_END } from './schema.ts';
import type { Sql } from './sql.ts';
import { storableJson } from './storable.ts';

type Fields = Record<string, unknown>;
type Versioned = 'scenario_version' | 'proposal_version' | 'tenant_settings';
type Table = Versioned | 'import_applied' | 'snapshot_named';

const insert = async (sql: Sql, table: Table, row: Fields): Promise<void> => {
  const names = Object.keys(row);
  await sql.query(
    `insert into ${table} (${names.join(', ')}) select ${names.map((n) => `r.${n}`).join(', ')} from json_populate_record(null::${table}, $1::json) r`,
    [JSON.stringify(storableJson(row))],
  );
};

/** Ends the open row of a thing and begins the next, which differs in `changed`. Throws when there is none: the log names what never was. */
const next = async (sql: Sql, table: Versioned, event: StoredEvent, id: string, changed: (old: Fields) => Fields): Promise<Fields> => {
  const [ended] = await sql.query<{ row: Fields }>(
    `update ${table} v set to_position = $3 where tenant = $1 and id = $2 and to_position = ${OPEN_END} returning to_json(v) as row`,
    [event.tenant, id, event.position],
  );
  if (!ended) throw new Error(`${event.type} names ${id}, which ${table} does not hold`);
  const row = { ...ended.row, ...changed(ended.row), from_position: event.position, to_position: OPEN_END };
  await insert(sql, table, row);
  return row;
};

/** The open row of a proposal or scenario; throws when the log names what never was. */
const open = async (sql: Sql, table: Versioned, event: StoredEvent, id: string): Promise<Fields> => {
  const [row] = await sql.query<Fields>(`select * from ${table} where tenant = $1 and id = $2 and to_position = ${OPEN_END}`, [
    event.tenant,
    id,
  ]);
  if (!row) throw new Error(`${event.type} names ${id}, which ${table} does not hold`);
  return row;
};

/** Settings events: each leaves the whole settings in force from its position on. */
export const projectSettings = async (sql: Sql, event: StoredEvent): Promise<void> => {
  const [ended] = await sql.query<{ settings: TenantSettings }>(
    `update tenant_settings set to_position = $2 where tenant = $1 and to_position = ${OPEN_END} returning settings`,
    [event.tenant, event.position],
  );
  const settings = { ...ended?.settings, ...(event.data as EventData['SettingsChanged']).settings };
  await insert(sql, 'tenant_settings', { tenant: event.tenant, from_position: event.position, to_position: OPEN_END, settings });
};

/** A new scenario: its row and its pin. Its branch number is the position of this event; it holds no other rows. */
export const projectScenarioCreated = async (sql: Sql, event: StoredEvent): Promise<void> => {
  const data = event.data as EventData['ScenarioCreated'];
  await insert(sql, 'scenario_version', {
    tenant: event.tenant,
    id: data.scenario_id,
    branch: event.position,
    from_position: event.position,
    to_position: OPEN_END,
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
  await sql.query('insert into branch_pin (tenant, branch, from_position, baseline_position) values ($1, $2, $2, $3)', [
    event.tenant,
    event.position,
    data.baseline_position,
  ]);
};

/** Changes of a scenario's state or visibility. */
export const projectScenarioState = (sql: Sql, event: StoredEvent, id: string, changed: Fields): Promise<Fields> =>
  next(sql, 'scenario_version', event, id, () => changed);

export const projectPlanned = async (sql: Sql, event: StoredEvent): Promise<void> => {
  const data = event.data as EventData['ProposalPlanned'];
  const scenario = await open(sql, 'scenario_version', event, data.scenario_id);
  await insert(sql, 'proposal_version', {
    tenant: event.tenant,
    id: data.proposal_id,
    scenario_id: data.scenario_id,
    branch: scenario.branch,
    from_position: event.position,
    to_position: OPEN_END,
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

export const projectWithdrawn = (sql: Sql, event: StoredEvent): Promise<Fields> =>
  next(sql, 'proposal_version', event, (event.data as EventData['ProposalWithdrawn']).proposal_id, () => ({ state: 'withdrawn' }));

/**
 * A confirmation: the proposal is confirmed, the scenario's content version goes up by one. Returns the branch and the hash of
 * the content that is now real. Throws when the digest is not the planned one, or the proposal was confirmed or withdrawn.
 */
export const projectConfirmed = async (sql: Sql, event: StoredEvent): Promise<{ branch: number; content_sha256: string }> => {
  const data = event.data as EventData['ProposalConfirmed'];
  const scenario = await next(sql, 'scenario_version', event, data.scenario_id, (old) => ({
    content_version: Number(old.content_version) + 1,
    content_position: event.position,
  }));
  const proposal = await next(sql, 'proposal_version', event, data.proposal_id, (old) => {
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

export const projectImportApplied = async (sql: Sql, event: StoredEvent): Promise<void> => {
  const { import_id, source, file_name, file_sha256, counts, complete } = event.data as EventData['BaselineImportApplied'];
  const row = { tenant: event.tenant, position: event.position, import_id, source, file_name, file_sha256, counts, complete };
  await insert(sql, 'import_applied', row);
};

/** A name for a position. Its event id makes it one of a kind; a log that names twice is broken, and the key refuses it. */
export const projectSnapshotNamed = (sql: Sql, event: StoredEvent): Promise<void> => {
  const { name, position } = event.data as EventData['SnapshotNamed'];
  return insert(sql, 'snapshot_named', {
    tenant: event.tenant,
    name,
    position,
    named_position: event.position,
    named_by: event.metadata.user,
  });
};
