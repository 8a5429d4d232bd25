/** What the authorization servers of the tenants keep: the library's rows, who connected which app, and their keys. */
export const oauthMigrations: { name: string; up: string }[] = [
  {
    name: 'access-0003-oauth',
    up: `
-- A row of the OAuth library: a registered client, an interaction, a code, a token, a grant. 'hash' is the SHA-256 of kind and
-- id: what a client holds as a credential (code, access token, refresh token) stands nowhere, not in 'payload' either.
create table access.oauth_row (
  hash bytea primary key check (length(hash) = 32),
  tenant int not null references access.tenant (id),
  issuer text not null,
  kind text not null,
  payload jsonb not null,
  grant_id text,
  uid_hash bytea check (length(uid_hash) = 32),
  user_code text,
  created_at timestamptz not null,
  consumed_at timestamptz,
  expires_at timestamptz
);
create index on access.oauth_row (grant_id) where grant_id is not null;
create index on access.oauth_row (uid_hash) where uid_hash is not null;
create index on access.oauth_row (expires_at) where expires_at is not null;
create index on access.oauth_row (tenant, created_at) where kind = 'Client';

-- An app that a person let in: one consent, one row. 'scopes' are what its tokens may carry at most; a person narrows them here.
create table access.connected_app (
  grant_id text primary key,
  tenant int not null,
  user_id uuid not null,
  issuer text not null,
  client_id text not null,
  client_name text not null,
  redirect_host text not null,
  scopes text[] not null,
  naming text check (naming in ('dotted', 'underscore')),
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  foreign key (tenant, user_id) references access.membership (tenant, user_id) on delete cascade
);
create index on access.connected_app (tenant, user_id, created_at);
create index on access.connected_app (tenant, client_id);

-- Keys of a tenant's authorization server: 'sealed' is encrypted under the installation's master key. A key that has a younger
-- one is kept until 'expires_at', so that what it signed can be verified as long as it is good.
create table access.oauth_key (
  id uuid primary key,
  tenant int not null references access.tenant (id),
  purpose text not null check (purpose in ('sign', 'cookie')),
  sealed bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz
);
create index on access.oauth_key (tenant, purpose, created_at);
`,
  },
];
