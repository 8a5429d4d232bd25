import { defineEntity, p } from '@mikro-orm/core';

const schema = 'access';

export const PasswordEntity = defineEntity({
  name: 'Password',
  tableName: 'password',
  schema,
  properties: { tenant: p.integer().primary(), user_id: p.uuid().primary(), hash: p.text(), set_at: p.datetime() },
});

export const WebSessionEntity = defineEntity({
  name: 'WebSession',
  tableName: 'web_session',
  schema,
  properties: {
    hash: p.blob().primary(),
    tenant: p.integer(),
    user_id: p.uuid(),
    csrf: p.text(),
    created_at: p.datetime(),
    last_seen_at: p.datetime(),
    expires_at: p.datetime(),
  },
});

export const InvitationEntity = defineEntity({
  name: 'Invitation',
  tableName: 'invitation',
  schema,
  properties: {
    id: p.uuid().primary(),
    tenant: p.integer(),
    email: p.text(),
    role: p.text(),
    hash: p.blob(),
    created_at: p.datetime(),
    expires_at: p.datetime(),
    used_at: p.datetime().nullable(),
  },
});

export const SignInLimitEntity = defineEntity({
  name: 'SignInLimit',
  tableName: 'sign_in_limit',
  schema,
  properties: { key: p.string().primary(), points: p.integer(), expire: p.bigint().nullable() },
});

export const SignInFailureEntity = defineEntity({
  name: 'SignInFailure',
  tableName: 'sign_in_failure',
  schema,
  properties: { tenant: p.integer().primary(), minute: p.datetime().primary(), failed: p.integer(), throttled: p.integer() },
});

export const UpstreamSignInEntity = defineEntity({
  name: 'UpstreamSignIn',
  tableName: 'upstream_sign_in',
  schema,
  properties: {
    hash: p.blob().primary(),
    tenant: p.integer(),
    state: p.text(),
    nonce: p.text(),
    verifier: p.text(),
    return_to: p.text(),
    expires_at: p.datetime(),
  },
});

export const FormKeyEntity = defineEntity({
  name: 'FormKey',
  tableName: 'form_key',
  schema,
  properties: {
    tenant: p.integer().primary(),
    user_id: p.uuid().primary(),
    hash: p.blob().primary(),
    token_id: p.uuid(),
    created_at: p.datetime(),
  },
});

export const UpstreamIdentityEntity = defineEntity({
  name: 'UpstreamIdentity',
  tableName: 'upstream_identity',
  schema,
  properties: { issuer: p.text().primary(), subject: p.text().primary(), user_id: p.uuid(), bound_at: p.datetime() },
});

/** The rows by which people come in. */
export const peopleEntities = [
  PasswordEntity,
  WebSessionEntity,
  InvitationEntity,
  SignInLimitEntity,
  SignInFailureEntity,
  UpstreamSignInEntity,
  FormKeyEntity,
  UpstreamIdentityEntity,
];
