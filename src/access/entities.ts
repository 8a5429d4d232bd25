import { defineEntity, p } from '@mikro-orm/core';
import { doorEntities } from './door-entities.ts';
import { oauthEntities } from './oauth-entities.ts';
import { peopleEntities } from './people-entities.ts';

const schema = 'access';

export const TenantEntity = defineEntity({
  name: 'Tenant',
  tableName: 'tenant',
  schema,
  properties: { id: p.integer().primary(), slug: p.text().unique(), created_at: p.datetime() },
});

export const AppUserEntity = defineEntity({
  name: 'AppUser',
  tableName: 'app_user',
  schema,
  properties: { id: p.uuid().primary(), email: p.text().nullable(), service_name: p.text().nullable(), created_at: p.datetime() },
});

export const MembershipEntity = defineEntity({
  name: 'Membership',
  tableName: 'membership',
  schema,
  properties: { tenant: p.integer().primary(), user_id: p.uuid().primary(), role: p.text(), created_at: p.datetime() },
});

export const TokenEntity = defineEntity({
  name: 'Token',
  tableName: 'token',
  schema,
  properties: {
    id: p.uuid().primary(),
    tenant: p.integer(),
    user_id: p.uuid(),
    name: p.text(),
    prefix: p.text(),
    hash: p.blob(),
    scopes: p.array(),
    client: p.text().nullable(),
    created_at: p.datetime(),
    expires_at: p.datetime().nullable(),
    last_used_at: p.datetime().nullable(),
    revoked_at: p.datetime().nullable(),
  },
});

export const OutboxEntity = defineEntity({
  name: 'Outbox',
  tableName: 'outbox',
  schema,
  properties: {
    sequence: p.bigint().primary(),
    id: p.uuid(),
    tenant: p.integer(),
    type: p.text(),
    data: p.json<unknown>(),
    metadata: p.json<unknown>(),
    recorded_at: p.datetime(),
    delivered_position: p.bigint().nullable(),
  },
});

/** The rows of schema `access`, as MikroORM maps them. A test holds them equal to what the migrations make. */
export const accessEntities = [
  TenantEntity,
  AppUserEntity,
  MembershipEntity,
  TokenEntity,
  OutboxEntity,
  ...peopleEntities,
  ...oauthEntities,
  ...doorEntities,
];
