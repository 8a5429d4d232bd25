/**
 * What the runner keeps beside the read model. None of it is compared by a replay: it says how far the projection is, who
 * leads it and what was computed from it, never what happened.
 */
export const runnerSql = (schema: string): string => `
-- How far a projection has come with a tenant. \`fence\` is the fencing number of the leader that moved it last.
create table ${schema}.projection_checkpoint (
  projection text not null, version int not null, tenant int not null, position bigint not null, fence bigint not null,
  updated_at timestamptz not null default now(),
  primary key (projection, version, tenant)
);

-- One leader per projection: whoever raised the fencing number last, until \`expires_at\`.
create table ${schema}.projection_lease (
  projection text not null, version int not null, holder uuid not null, fence bigint not null, expires_at timestamptz not null,
  primary key (projection, version)
);

-- A lane that stands still: the tenant whose next event cannot be projected, and why.
create table ${schema}.projection_lane_error (
  projection text not null, version int not null, tenant int not null, position bigint not null,
  message text not null, attempts int not null, first_at timestamptz not null, last_at timestamptz not null, code text not null default 'FAULT',
  primary key (projection, version, tenant)
);

-- Figures of the whole baseline on a fixed basis; they never change, so they are kept.
create table ${schema}.baseline_total (
  tenant int not null, position bigint not null, effective_on date not null, figures jsonb not null,
  primary key (tenant, position, effective_on)
);
`;
