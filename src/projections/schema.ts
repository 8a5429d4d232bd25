import { type Field, fields, type Kind, kinds } from '../domain/entities.ts';

/** The largest position: a row that has not ended. */
export const OPEN_END = '9223372036854775807';

const sqlType = (field: Field): string => {
  switch (field.type) {
    case 'id':
      return 'uuid';
    case 'decimal':
      return 'numeric';
    case 'date':
      return 'date';
    case 'boolean':
      return 'boolean';
    case 'choice':
    case 'text':
      return 'text';
    default:
      return field.type satisfies never;
  }
};

/** The columns of a kind's version table that come from the entity registry, in its order. */
export const columnsOf = (kind: Kind): [name: string, type: string][] =>
  Object.entries(fields[kind]).map(([name, f]) => [name, sqlType(f)]);

/** Columns that get an index of their own (tenant, branch, column): every reference, and what imports match by. */
const indexed: Record<Kind, string[]> = {
  org_unit: ['parent_id', 'head_id', 'source_id'],
  position: ['unit_id', 'manager_id', 'predecessor_id', 'source_id'],
  actor: ['external_uid', 'source_id'],
  placement: ['actor_id', 'unit_id', 'position_id'],
  compensation: ['actor_id'],
  assumption: ['name'],
};

const versionTable = (schema: string, kind: Kind): string => {
  const t = `${schema}.${kind}_version`;
  return `
create table ${t} (
  tenant int not null, branch bigint not null, id uuid not null,
  from_position bigint not null, to_position bigint not null default ${OPEN_END},
  effective_from date not null, effective_to date not null default 'infinity',
  ${columnsOf(kind)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')},
  check (from_position < to_position), check (effective_from < effective_to),
  primary key (tenant, branch, id, effective_from, from_position)
) partition by list (branch);
create table ${t}_baseline partition of ${t} for values in (0);
create table ${t}_scenario partition of ${t} default;
${indexed[kind].map((c) => `create index on ${t} (tenant, branch, ${c});`).join('\n')}
create index on ${t} (tenant, branch, to_position);`;
};

/** Names for positions of a tenant's history; a name is given once. Made where it is missing: databases from before it take it as a migration. */
export const snapshotSql = (schema: string): string => `
create table if not exists ${schema}.snapshot_named (
  tenant int not null, name text not null, position bigint not null, named_position bigint not null, named_by uuid not null,
  primary key (tenant, name)
);`;

/** Finds which proposal stands in for another. */
export const replacesIndexSql = (schema: string): string =>
  `create index if not exists proposal_version_replaces on ${schema}.proposal_version (tenant, replaces) where replaces is not null;`;

/**
 * The whole read model as SQL, for any schema name: the live one, a rebuild beside it, a replay that is compared and dropped.
 * Every row has two times: positions (when it was recorded) and effective dates (when it holds), both half-open.
 * `branch` is 0 for the baseline, else the position of the scenario's ScenarioCreated event.
 */
export const readModelSql = (schema: string): string => `
create schema ${schema};

-- The truth for merging: one row per thing and change.
create table ${schema}.entity_change (
  tenant int not null, branch bigint not null, kind text not null, id uuid not null,
  position bigint not null, index int not null, type text not null,
  effective_from date not null, set jsonb not null, replace_later boolean not null default false,
  retracted_at bigint, batch int, line int,
  primary key (tenant, branch, kind, id, position, index)
);
create index on ${schema}.entity_change (tenant, branch, position, index);

${kinds.map((k) => versionTable(schema, k)).join('\n')}

-- Personal fields stand here alone, raw and merged, and are the one thing that may be erased.
create table ${schema}.actor_personal_change (
  tenant int not null, branch bigint not null, id uuid not null, position bigint not null, index int not null,
  effective_from date not null, set jsonb not null, replace_later boolean not null default false, retracted_at bigint,
  primary key (tenant, branch, id, position, index)
);
create table ${schema}.actor_personal (
  tenant int not null, branch bigint not null, id uuid not null,
  from_position bigint not null, to_position bigint not null default ${OPEN_END},
  effective_from date not null, effective_to date not null default 'infinity',
  name text, email text, birth_date text, gender text,
  primary key (tenant, branch, id, effective_from, from_position)
);

create table ${schema}.branch_pin (
  tenant int not null, branch bigint not null, from_position bigint not null, baseline_position bigint not null,
  primary key (tenant, branch, from_position)
);

create table ${schema}.scenario_version (
  tenant int not null, id uuid not null, branch bigint not null,
  from_position bigint not null, to_position bigint not null default ${OPEN_END},
  name text not null, purpose text, owner uuid not null, visibility text not null, shared_with uuid[] not null default '{}',
  state text not null, locked boolean not null default false, content_version int not null default 0,
  -- position of the last event of the scenario's stream that changed its content
  content_position bigint not null, created_position bigint not null,
  primary key (tenant, id, from_position)
);
create index on ${schema}.scenario_version (tenant, branch);
create index on ${schema}.scenario_version (tenant, owner);

create table ${schema}.proposal_version (
  tenant int not null, id uuid not null, scenario_id uuid not null, branch bigint not null,
  from_position bigint not null, to_position bigint not null default ${OPEN_END},
  state text not null, title text not null, planner uuid not null, digest text not null, content_sha256 text not null,
  content_version int not null, expires_at timestamptz not null, replaces uuid, change_count int not null, warnings int not null,
  approval_required boolean not null, planned_position bigint not null, confirmed_position bigint, confirmed_content_version int, confirmed_by uuid,
  primary key (tenant, id, from_position)
);
create index on ${schema}.proposal_version (tenant, scenario_id);
${replacesIndexSql(schema)}

create table ${schema}.tenant_settings (
  tenant int not null, from_position bigint not null, to_position bigint not null default ${OPEN_END}, settings jsonb not null,
  primary key (tenant, from_position)
);

${snapshotSql(schema)}

-- The last import per source: what was imported, by which event.
create table ${schema}.import_applied (
  tenant int not null, position bigint not null, import_id uuid not null, source text not null, file_name text not null, file_sha256 text not null,
  counts jsonb not null, complete boolean not null,
  primary key (tenant, position)
);
`;

/** The tables that a replay compares, with their primary keys. */
export const comparedTables: Record<string, string[]> = {
  entity_change: ['tenant', 'branch', 'kind', 'id', 'position', 'index'],
  ...Object.fromEntries(kinds.map((k) => [`${k}_version`, ['tenant', 'branch', 'id', 'effective_from', 'from_position']])),
  actor_personal_change: ['tenant', 'branch', 'id', 'position', 'index'],
  actor_personal: ['tenant', 'branch', 'id', 'effective_from', 'from_position'],
  branch_pin: ['tenant', 'branch', 'from_position'],
  scenario_version: ['tenant', 'id', 'from_position'],
  proposal_version: ['tenant', 'id', 'from_position'],
  tenant_settings: ['tenant', 'from_position'],
  import_applied: ['tenant', 'position'],
  snapshot_named: ['tenant', 'name'],
};
