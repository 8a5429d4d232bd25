import { defineEntity, p } from '@mikro-orm/core';
import type { EntitySchema } from '@mikro-orm/core';
import { type Field, fields, type Kind, kinds, personalFields } from '../domain/entities.ts';

// Positions are bigint in the database. They are gapless counts, far below 2^53, so code holds them as text or number.
const position = () => p.bigint('string');

const property = (field: Field) => {
  switch (field.type) {
    case 'id':
      return p.uuid().nullable();
    case 'decimal':
      // Without precision and scale MikroORM's own decimal would be numeric(10,0) and round; numeric keeps what it is given.
      return p.string().columnType('numeric').nullable();
    case 'date':
      return p.string().columnType('date').nullable();
    case 'boolean':
      return p.boolean().nullable();
    case 'choice':
    case 'text':
      return p.text().nullable();
    default:
      return field.type satisfies never;
  }
};

const twoTimes = () => ({
  tenant: p.integer().primary(),
  branch: position().primary(),
  id: p.uuid().primary(),
  from_position: position().primary(),
  to_position: position(),
  effective_from: p.string().columnType('date').primary(),
  effective_to: p.string().columnType('date'),
});

/** One entity per kind, mapped to the parent of its partitioned version table; the columns come from the domain's registry. */
export const versionEntities = Object.fromEntries(
  kinds.map((kind) => [
    kind,
    defineEntity({
      name: `${kind}_version`,
      tableName: `${kind}_version`,
      properties: {
        ...twoTimes(),
        ...Object.fromEntries(Object.entries(fields[kind] as Record<string, Field>).map(([name, field]) => [name, property(field)])),
      },
    }),
  ]),
) as unknown as Record<Kind, EntitySchema>;

export const ActorPersonal = defineEntity({
  name: 'actor_personal',
  tableName: 'actor_personal',
  properties: { ...twoTimes(), ...Object.fromEntries(personalFields.map((name) => [name, p.text().nullable()])) },
});

export const ScenarioVersion = defineEntity({
  name: 'scenario_version',
  tableName: 'scenario_version',
  properties: {
    tenant: p.integer().primary(),
    id: p.uuid().primary(),
    from_position: position().primary(),
    to_position: position(),
    branch: position(),
    name: p.text(),
    purpose: p.text().nullable(),
    owner: p.uuid(),
    visibility: p.text(),
    shared_with: p.array().columnType('uuid[]'),
    state: p.text(),
    locked: p.boolean(),
    content_version: p.integer(),
    content_position: position(),
    created_position: position(),
  },
});

export const ProposalVersion = defineEntity({
  name: 'proposal_version',
  tableName: 'proposal_version',
  properties: {
    tenant: p.integer().primary(),
    id: p.uuid().primary(),
    from_position: position().primary(),
    to_position: position(),
    scenario_id: p.uuid(),
    branch: position(),
    state: p.text(),
    title: p.text(),
    planner: p.uuid(),
    digest: p.text(),
    content_sha256: p.text(),
    content_version: p.integer(),
    expires_at: p.string().columnType('timestamptz'),
    replaces: p.uuid().nullable(),
    change_count: p.integer(),
    warnings: p.integer(),
    approval_required: p.boolean(),
    planned_position: position(),
    confirmed_position: position().nullable(),
    confirmed_content_version: p.integer().nullable(),
    confirmed_by: p.uuid().nullable(),
  },
});

export const TenantSettingsVersion = defineEntity({
  name: 'tenant_settings',
  tableName: 'tenant_settings',
  properties: {
    tenant: p.integer().primary(),
    from_position: position().primary(),
    to_position: position(),
    settings: p.json(),
  },
});

export const ImportApplied = defineEntity({
  name: 'import_applied',
  tableName: 'import_applied',
  properties: {
    tenant: p.integer().primary(),
    position: position().primary(),
    import_id: p.uuid(),
    source: p.text(),
    file_name: p.text(),
    file_sha256: p.text(),
    counts: p.json(),
    complete: p.boolean(),
  },
});

export const SnapshotNamed = defineEntity({
  name: 'snapshot_named',
  tableName: 'snapshot_named',
  properties: {
    tenant: p.integer().primary(),
    name: p.text().primary(),
    position: position(),
    named_position: position(),
    named_by: p.uuid(),
  },
});

/** Everything MikroORM knows of the read model. The tables themselves are made by migrations in plain SQL (partitions, indexes). */
export const readEntities = [
  ...Object.values(versionEntities),
  ActorPersonal,
  ScenarioVersion,
  ProposalVersion,
  TenantSettingsVersion,
  ImportApplied,
  SnapshotNamed,
];
