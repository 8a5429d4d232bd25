import { copyMigration, copyTroubleMigration } from './copy-migration.ts';

/**
 * The log's own schema. One table of events, one order per tenant. What may be done to it is said here, in the database:
 * the service's role reads it and appends through one function; nobody updates, deletes or truncates it, the owner neither
 * (a superuser can switch triggers off; verification must then find what was done).
 */
const tables = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'orgonaut_service') then create role orgonaut_service nologin; end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  -- from PostgreSQL 16 on, who makes a role may not yet act as it
  if not pg_has_role(current_user, 'orgonaut_service', case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) then execute format('grant orgonaut_service to %I', current_user); end if;
  -- replays and rebuilds fill schemas of their own beside the live one
  execute format('grant create, temporary on database %I to orgonaut_service', current_database());
end $$;

create schema log;

-- One row a tenant: what an append locks. Never updated, so no old snapshot can bloat it.
create table log.tenant (id int primary key check (id > 0));

create table log.event (
  -- a row of log.tenant: the one way to insert locks it first, so a foreign key would only look again
  tenant int not null,
  -- 1, 2, 3, ... per tenant, gapless, in commit order
  position bigint not null check (position > 0),
  stream text not null,
  -- 0, 1, 2, ... per stream
  revision bigint not null check (revision >= 0),
  event_id uuid not null,
  type text not null,
  recorded_at timestamptz not null,
  -- RFC 8785 JSON of the envelope: the fact itself; the columns before repeat parts of it to find it by
  bytes bytea not null,
  primary key (tenant, position),
  unique (tenant, stream, revision),
  unique (tenant, event_id)
);
create index on log.event (tenant, type, position);
-- the bytes are read whole or not at all, and JSON of this size compresses well
alter table log.event alter column bytes set compression pglz;

-- The key of each actor's personal fields, wrapped by the tenant's key. Destroying a row erases what it opens.
create table log.personal_key (
  tenant int not null,
  actor uuid not null,
  wrapped bytea not null,
  primary key (tenant, actor)
);

create function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the event log is append-only: % on %.% is refused', tg_op, tg_table_schema, tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger append_only before update or delete or truncate on log.event for each statement execute function log.refuse_change();
create trigger append_only before update or delete or truncate on log.tenant for each statement execute function log.refuse_change();
`;

/**
 * Appends one group of one tenant: several callers, each with a stream, an expected revision and its events in order.
 * Every caller is judged on its own; what one is refused does not touch the others. Positions come from the locked tenant's
 * row and max(position), so they are gapless and in commit order.
 *
 * p_expected per caller: a revision, or -1 no stream, -2 any, -3 stream exists. p_counts per caller: its number of events.
 * The other arrays run over all events of all callers in order; p_blob holds their bytes end to end, cut by p_lengths.
 * Answers one row a caller: 'appended' | 'repeated' (position and revision of its last event), 'conflict' (the stream's
 * real revision, -1 for none) or 'mismatch' (some of its event ids are in the log, but not as this append).
 */
const append = `
create function log.append(p_tenant int, p_streams text[], p_expected bigint[], p_counts int[],
  p_event_ids uuid[], p_types text[], p_recorded timestamptz[], p_lengths int[], p_blob bytea)
returns table (caller int, outcome text, "position" bigint, revision bigint)
language plpgsql volatile security definer set search_path = log, pg_temp
-- every look here is for a few keys; a plan cached while the table was small must not scan it when it is large
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  v_callers int := cardinality(p_streams);
  v_events int := cardinality(p_event_ids);
  v_last bigint;            -- last position of the tenant
  v_heads bigint[];         -- last revisions of the distinct streams in the order of their names, -1 for none
  v_stream_no int[];        -- per caller: which of them
  v_offsets bigint[];       -- per event: where its bytes begin
  v_positions bigint[] := array_fill(null::bigint, array[greatest(cardinality(p_event_ids), 1)]);
  v_revisions bigint[] := v_positions;
  v_event_streams text[];
  v_plain boolean;          -- no id of the group is known or comes twice
  v_head bigint; v_from int := 1; v_n int; v_expected bigint; v_found int; v_same int; v_first bigint; v_base bigint; v_stream text;
begin
  perform from log.tenant t where t.id = p_tenant for no key update;
  if not found then raise exception 'tenant % has no log', p_tenant using errcode = 'no_data_found'; end if;
  select coalesce(max(e.position), 0) into v_last from log.event e where e.tenant = p_tenant;

  select array_agg(x.rank order by x.no) into v_stream_no
    from (select c.no, dense_rank() over (order by c.name) as rank from unnest(p_streams) with ordinality c(name, no)) x;
  select array_agg(coalesce((select max(e.revision) from log.event e where e.tenant = p_tenant and e.stream = d.name), -1) order by d.name)
    into v_heads from (select distinct unnest(p_streams) as name) d;
  select array_agg(x.sum - x.length order by x.no) into v_offsets
    from (select l.length, l.no, sum(l.length) over (order by l.no) as sum from unnest(p_lengths) with ordinality l(length, no)) x;
  select array_agg(c.stream order by c.no, g) into v_event_streams
    from unnest(p_streams, p_counts) with ordinality c(stream, n, no), generate_series(1, c.n) g;

  -- id by id through its own index: as one condition the planner may walk the whole tenant instead
  select not exists (select from unnest(p_event_ids) i(id)
      cross join lateral (select from log.event e where e.tenant = p_tenant and e.event_id = i.id limit 1) known)
    and v_events = (select count(distinct i.id) from unnest(p_event_ids) i(id)) into v_plain;

  for i in 1 .. v_callers loop
    v_n := p_counts[i]; v_expected := p_expected[i]; v_head := v_heads[v_stream_no[i]];
    caller := i; outcome := null;

    if not v_plain then
      v_stream := p_streams[i];
      -- where an earlier try of the same append must stand: right after the expected revision, or where its first id is
      if v_expected >= -1 then v_base := v_expected;
      else
        v_base := null;
        select e.revision - 1 into v_base from log.event e
          where e.tenant = p_tenant and e.event_id = p_event_ids[v_from] and e.stream = v_stream;
      end if;
      select count(*), count(*) filter (where e.stream = v_stream and e.revision = v_base + g.no), max(e.position)
        into v_found, v_same, v_first
        from generate_series(1, v_n) g(no) cross join lateral
          (select * from log.event k where k.tenant = p_tenant and k.event_id = p_event_ids[v_from + g.no - 1] limit 1) e;
      if v_found = v_n and v_same = v_n then
        outcome := 'repeated'; position := v_first; revision := v_base + v_n;
      elsif v_found > 0 or v_n <> (select count(distinct i.id) from unnest(p_event_ids[v_from : v_from + v_n - 1]) i(id)) then
        outcome := 'mismatch'; position := null; revision := v_head;
      end if;
    end if;

    if outcome is null and v_expected <> -2 and not (v_expected = -3 and v_head >= 0) and v_expected <> v_head then
      outcome := 'conflict'; position := null; revision := v_head;
    end if;

    if outcome is null then
      for e in 0 .. v_n - 1 loop
        v_last := v_last + 1; v_head := v_head + 1;
        v_positions[v_from + e] := v_last; v_revisions[v_from + e] := v_head;
      end loop;
      v_heads[v_stream_no[i]] := v_head;
      outcome := 'appended'; position := v_last; revision := v_head;
      if not v_plain then
        -- later callers of the group must see these ids
        insert into log.event (tenant, position, stream, revision, event_id, type, recorded_at, bytes)
          select p_tenant, v_positions[n], v_stream, v_revisions[n], p_event_ids[n], p_types[n], p_recorded[n],
            substring(p_blob from (v_offsets[n] + 1)::int for p_lengths[n])
          from generate_series(v_from, v_from + v_n - 1) n;
      end if;
    end if;
    v_from := v_from + v_n;
    return next;
  end loop;

  if v_plain then
    insert into log.event (tenant, position, stream, revision, event_id, type, recorded_at, bytes)
      select p_tenant, n.position, n.stream, n.revision, n.id, n.type, n.recorded, substring(p_blob from (n.at + 1)::int for n.length)
      from unnest(v_positions, v_event_streams, v_revisions, p_event_ids, p_types, p_recorded, v_offsets, p_lengths)
        n(position, stream, revision, id, type, recorded, at, length)
      where n.position is not null;
  end if;
end $$;
`;

const rights = `
revoke all on function log.append from public;
grant usage on schema log to orgonaut_service;
grant select on log.event to orgonaut_service;
grant select, insert on log.tenant to orgonaut_service;
grant select, insert, delete on log.personal_key to orgonaut_service;
grant execute on function log.append to orgonaut_service;
`;

export const logMigrations: { name: string; up: string }[] = [
  { name: 'log-0001-events', up: `${tables}${append}${rights}` },
  copyMigration,
  // what was recorded up to a time, without reading the whole log
  { name: 'log-0003-recorded-at', up: 'create index on log.event (tenant, recorded_at, position);' },
  copyTroubleMigration,
];
