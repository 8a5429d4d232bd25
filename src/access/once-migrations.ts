/** What makes a thing happen once: forms that made a token, and persons who came by another OpenID provider. */
export const onceMigrations: { name: string; up: string }[] = [
  {
    name: 'access-0005-once',
    up: `
-- A form that made a token: the same form again (a page that is loaded anew) finds what it made. 'hash' is the SHA-256 of what
-- the form does and of its key.
create table access.form_key (
  tenant int not null,
  user_id uuid not null,
  hash bytea not null check (length(hash) = 32),
  token_id uuid not null references access.token (id) on delete cascade,
  created_at timestamptz not null,
  primary key (tenant, user_id, hash),
  foreign key (tenant, user_id) references access.membership (tenant, user_id) on delete cascade
);
create index on access.form_key (created_at);

-- Who somebody is at another OpenID provider: one subject is one user, and one user one subject, in all tenants, because the
-- provider is the installation's and knows the person once.
create table access.upstream_identity (
  issuer text not null,
  subject text not null,
  user_id uuid not null references access.app_user (id) on delete cascade,
  bound_at timestamptz not null,
  primary key (issuer, subject),
  unique (issuer, user_id)
);
create index on access.upstream_identity (user_id);
`,
  },
];
