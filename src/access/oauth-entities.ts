import { defineEntity, p } from '@mikro-orm/core';

const schema = 'access';

export const OauthRowEntity = defineEntity({
  name: 'OauthRow',
  tableName: 'oauth_row',
  schema,
  properties: {
    hash: p.blob().primary(),
    tenant: p.integer(),
    issuer: p.text(),
    kind: p.text(),
    payload: p.json<unknown>(),
    grant_id: p.text().nullable(),
    uid_hash: p.blob().nullable(),
    user_code: p.text().nullable(),
    created_at: p.datetime(),
    consumed_at: p.datetime().nullable(),
    expires_at: p.datetime().nullable(),
  },
});

export const ConnectedAppEntity = defineEntity({
  name: 'ConnectedApp',
  tableName: 'connected_app',
  schema,
  properties: {
    grant_id: p.text().primary(),
    tenant: p.integer(),
    user_id: p.uuid(),
    issuer: p.text(),
    client_id: p.text(),
    client_name: p.text(),
    redirect_host: p.text(),
    scopes: p.array(),
    naming: p.text().nullable(),
    created_at: p.datetime(),
    last_used_at: p.datetime().nullable(),
    revoked_at: p.datetime().nullable(),
  },
});

export const OauthKeyEntity = defineEntity({
  name: 'OauthKey',
  tableName: 'oauth_key',
  schema,
  properties: {
    id: p.uuid().primary(),
    tenant: p.integer(),
    purpose: p.text(),
    sealed: p.blob(),
    created_at: p.datetime(),
    expires_at: p.datetime().nullable(),
  },
});

/** The rows of the authorization servers. */
export const oauthEntities = [OauthRowEntity, ConnectedAppEntity, OauthKeyEntity];
