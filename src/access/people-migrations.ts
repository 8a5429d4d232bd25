/** How people come in: passwords, sessions of browsers, invitations, and what is counted against guessing. */
export const peopleMigrations: { name: string; up: string }[] = [
  {
    name: 'access-0002-people',
    up: `
-- A password belongs to a membership, not to an address: whoever may invite people to one tenant can set the password of an
-- address there, and must not thereby open another tenant where the same person works.
create table access.password (
  tenant int not null,
  user_id uuid not null,
  hash text not null,
  set_at timestamptz not null,
  primary key (tenant, user_id),
  foreign key (tenant, user_id) references access.membership (tenant, user_id) on delete cascade
);

-- 'hash' is the SHA-256 of the cookie. A session ends at 'expires_at', and earlier when it was not used for a while.
create table access.web_session (
  hash bytea primary key check (length(hash) = 32),
  tenant int not null,
  user_id uuid not null,
  csrf text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  foreign key (tenant, user_id) references access.membership (tenant, user_id) on delete cascade
);
create index on access.web_session (tenant, user_id);
create index on access.web_session (expires_at);

-- 'hash' is the SHA-256 of the secret in the link. Used once.
create table access.invitation (
  id uuid primary key,
  tenant int not null references access.tenant (id),
  email text not null check (email = lower(email)),
  role text not null,
  hash bytea not null unique check (length(hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index on access.invitation (tenant, email);

-- The shape that rate-limiter-flexible writes: 'expire' is in milliseconds since 1970.
create table access.sign_in_limit (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);

-- Failed sign-ins of a minute that is not over, or not yet recorded as an event.
create table access.sign_in_failure (
  tenant int not null references access.tenant (id),
  minute timestamptz not null,
  failed int not null,
  throttled int not null,
  primary key (tenant, minute)
);

-- A sign-in that went to the upstream OpenID provider and has not come back. 'hash' is the SHA-256 of the browser's cookie.
create table access.upstream_sign_in (
  hash bytea primary key check (length(hash) = 32),
  tenant int not null references access.tenant (id),
  state text not null,
  nonce text not null,
  verifier text not null,
  return_to text not null,
  expires_at timestamptz not null
);
`,
  },
];
