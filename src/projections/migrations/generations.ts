import { LIVE_SCHEMA } from '../sql.ts';

/**
 * The record of what is served and what is being filled. A read model is always served under the schema name of its version
 * (`read_v1`); a generation is one filling of it. A rebuild fills the next generation under a name of its own, and the swap
 * renames both schemas and writes this record in one transaction.
 */
export const generationsSql = `
create schema projection;
create table projection.generation (
  projection text not null, version int not null, generation int not null,
  -- null: every tenant; else a filling of this tenant alone, whose rows are moved into the live schema
  tenant int,
  -- where its tables stand now
  schema text not null,
  state text not null check (state in ('filling', 'live', 'retired')),
  -- SHA-256 of the tables it was made with: one begun by another program is not gone on with
  shape text not null default '',
  -- the indexes that a filling does without at first are there
  indexed boolean not null default false,
  started_at timestamptz not null default clock_timestamp(), swapped_at timestamptz,
  primary key (projection, version, generation)
);
create unique index on projection.generation (projection, version) where state = 'live';
create unique index on projection.generation (projection, version, coalesce(tenant, 0)) where state = 'filling';

-- The comparison of a tenant's rows, live and rebuilt, at one position; made before the swap.
create table projection.proof (
  projection text not null, version int not null, generation int not null, tenant int not null,
  position bigint not null, live_digest text not null, rebuilt_digest text not null, difference jsonb,
  primary key (projection, version, generation, tenant)
);
insert into projection.generation (projection, version, generation, schema, state, swapped_at) values ('read', 1, 1, '${LIVE_SCHEMA}', 'live', now());
`;
