/**
 * Where `log.event` is the copy of a log that an EventStoreDB keeps: who copies and how far, which tenants' logs live there,
 * and where each copied event stands there. Such a tenant takes no appends here: the database refuses them.
 */
const tables = `
-- One row: the leader of the copy with its fencing number, and the last place in $all that was looked at (-1: none yet).
create table log.copy (
  one boolean primary key default true check (one),
  holder uuid,
  fence bigint not null default 0,
  expires_at timestamptz not null default '-infinity',
  commit_position bigint not null default -1,
  prepare_position bigint not null default -1
);
insert into log.copy default values;

-- Tenants whose log lives in the EventStoreDB ('here'), or is on its way there ('arriving') or back ('leaving').
create table log.copied_tenant (
  tenant int primary key,
  state text not null check (state in ('here', 'arriving', 'leaving'))
);

-- Where an event of log.event stands in the EventStoreDB. 'attempt' is the try that wrote it: a repeat knows by it that it was one.
create table log.origin (
  tenant int not null,
  position bigint not null,
  commit_position bigint not null,
  revision bigint not null,
  attempt uuid not null,
  primary key (tenant, position)
);

-- What stands in the EventStoreDB and was not copied: its event id, or one of the same append, was in the log before.
create table log.dropped (
  tenant int not null,
  stream text not null,
  revision bigint not null,
  event_id uuid not null,
  attempt uuid not null,
  commit_position bigint not null,
  primary key (tenant, stream, revision)
);
create index on log.dropped (tenant, attempt);

create trigger append_only before update or delete or truncate on log.origin for each statement execute function log.refuse_change();
create trigger append_only before update or delete or truncate on log.dropped for each statement execute function log.refuse_change();
`;

/** The append of before, behind a look at where the tenant's log lives. The lock comes first, or a move could fall between. */
const append = `
alter function log.append(int, text[], bigint[], int[], uuid[], text[], timestamptz[], int[], bytea) rename to append_group;
revoke execute on function log.append_group from orgonaut_service;
create function log.append(p_tenant int, p_streams text[], p_expected bigint[], p_counts int[],
  p_event_ids uuid[], p_types text[], p_recorded timestamptz[], p_lengths int[], p_blob bytea)
returns table (caller int, outcome text, "position" bigint, revision bigint)
language plpgsql volatile security definer set search_path = log, pg_temp as $$
begin
  perform from log.tenant t where t.id = p_tenant for no key update;
  if exists (select from log.copied_tenant c where c.tenant = p_tenant) then
    raise exception 'the log of tenant % lives in EventStoreDB', p_tenant using errcode = 'OL001';
  end if;
  return query select * from log.append_group(p_tenant, p_streams, p_expected, p_counts, p_event_ids, p_types, p_recorded, p_lengths, p_blob);
end $$;

-- Where a tenant's log lives, settled at its first append: 'here' (in the EventStoreDB), 'arriving', 'leaving', or 'elsewhere'.
create function log.settle_home(p_tenant int) returns text
language plpgsql volatile security definer set search_path = log, pg_temp as $$
declare v_state text;
begin
  insert into log.tenant (id) values (p_tenant) on conflict do nothing;
  perform from log.tenant t where t.id = p_tenant for no key update;
  select c.state into v_state from log.copied_tenant c where c.tenant = p_tenant;
  if v_state is not null then return v_state; end if;
  if exists (select from log.event e where e.tenant = p_tenant) then return 'elsewhere'; end if;
  insert into log.copied_tenant (tenant, state) values (p_tenant, 'here');
  return 'here';
end $$;

-- One step of a move between the stores: from null (the log lives here) to 'arriving' to 'here' to 'leaving' to null, or back. False: it was not at p_from.
create function log.move_home(p_tenant int, p_from text, p_to text) returns boolean
language plpgsql volatile security definer set search_path = log, pg_temp as $$
begin
  insert into log.tenant (id) values (p_tenant) on conflict do nothing;
  perform from log.tenant t where t.id = p_tenant for no key update;
  if p_from is distinct from (select c.state from log.copied_tenant c where c.tenant = p_tenant) then return false; end if;
  delete from log.copied_tenant c where c.tenant = p_tenant;
  if p_to is not null then insert into log.copied_tenant (tenant, state) values (p_tenant, p_to); end if;
  return true;
end $$;
`;

/**
 * One step of the copy. Whoever calls must hold the lease with this fencing number and know the last place that was looked at;
 * else nothing is written and the answer is false. The arrays run over events in the order of $all: p_kinds 'add' gives an
 * event the next position of its tenant and the next revision of its stream, 'adopt' says of one that stands in the log
 * already (p_positions) where it stands in the EventStoreDB, 'drop' keeps a note only.
 */
const copyIn = `
create function log.copy_in(p_fence bigint, p_after bigint, p_commit bigint, p_prepare bigint,
  p_kinds text[], p_tenants int[], p_streams text[], p_event_ids uuid[], p_types text[], p_recorded timestamptz[],
  p_commits bigint[], p_revisions bigint[], p_attempts uuid[], p_positions bigint[], p_lengths int[], p_blob bytea)
returns boolean
language plpgsql volatile security definer set search_path = log, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare v_tenant int;
begin
  update log.copy set commit_position = p_commit, prepare_position = p_prepare where fence = p_fence and commit_position = p_after;
  if not found then return false; end if;

  for v_tenant in select distinct t from unnest(p_kinds, p_tenants) u(k, t) where k = 'add' order by t loop
    if log.settle_home(v_tenant) = 'elsewhere' then
      raise exception 'the log of tenant % lives in PostgreSQL', v_tenant using errcode = 'OL001';
    end if;
  end loop;

  with given as materialized (
    select u.*, sum(u.length) over (order by u.no) - u.length as at
    from unnest(p_kinds, p_tenants, p_streams, p_event_ids, p_types, p_recorded, p_commits, p_revisions, p_attempts, p_positions, p_lengths)
      with ordinality u(kind, tenant, stream, event_id, type, recorded, commit, revision, attempt, position, length, no)
  ), tenants as materialized (
    select t.tenant, coalesce((select e.position from log.event e where e.tenant = t.tenant order by e.position desc limit 1), 0) as last
    from (select distinct tenant from given where kind = 'add') t
  ), streams as materialized (
    select s.tenant, s.stream, coalesce((select max(e.revision) from log.event e where e.tenant = s.tenant and e.stream = s.stream), -1) as head
    from (select distinct tenant, stream from given where kind = 'add') s
  ), placed as materialized (
    select g.*, t.last + row_number() over (partition by g.tenant order by g.no) as next_position,
      s.head + row_number() over (partition by g.tenant, g.stream order by g.no) as next_revision
    from given g join tenants t using (tenant) join streams s using (tenant, stream) where g.kind = 'add'
  ), added as (
    insert into log.event (tenant, position, stream, revision, event_id, type, recorded_at, bytes)
    select tenant, next_position, stream, next_revision, event_id, type, recorded, substring(p_blob from (at + 1)::int for length) from placed order by no
  ), dropped as (
    insert into log.dropped (tenant, stream, revision, event_id, attempt, commit_position)
    select tenant, stream, revision, event_id, attempt, commit from given where kind = 'drop' on conflict do nothing
  )
  insert into log.origin (tenant, position, commit_position, revision, attempt)
  select tenant, next_position, commit, revision, attempt from placed
  union all select tenant, position, commit, revision, attempt from given where kind = 'adopt';
  return true;
end $$;
`;

const rights = `
revoke all on function log.append from public;
revoke all on function log.settle_home from public;
revoke all on function log.copy_in from public;
revoke all on function log.move_home from public;
grant execute on function log.append, log.settle_home, log.copy_in, log.move_home to orgonaut_service;
grant select on log.copy, log.origin, log.dropped, log.copied_tenant to orgonaut_service;
grant update (holder, fence, expires_at) on log.copy to orgonaut_service;
`;

export const copyMigration: { name: string; up: string } = { name: 'log-0002-copy', up: `${tables}${append}${copyIn}${rights}` };

/** What keeps the copy from going on, for whoever asks: one row, or none while nothing does. */
export const copyTroubleMigration: { name: string; up: string } = {
  name: 'log-0004-copy-trouble',
  up: `
create table log.copy_trouble (
  one boolean primary key default true check (one),
  code text not null,
  message text not null,
  attempts int not null default 1,
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp()
);
grant select, insert, update, delete on log.copy_trouble to orgonaut_service;
`,
};
