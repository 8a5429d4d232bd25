import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { roundHalfEven } from './money-sql.ts';
import { among, containing, type Filter, Query } from './query.ts';

export interface TeamFilter {
  /** Ids of units among which teams are looked for; the caller has resolved a subtree to them. */
  units?: readonly string[] | undefined;
  /** Teams with an active placement of this actor. */
  actor?: string | undefined;
  unit_type?: string | undefined;
  statuses?: readonly string[] | undefined;
  /** Text that the name holds, ignoring case. */
  name?: string | undefined;
}

export interface TeamRow {
  id: string;
  name: string;
  unit_type: string | null;
  parent_id: string | null;
  head_id: string | null;
  code: string | null;
  purpose: string | null;
  status: string;
}

const columns = ['id', 'name', 'unit_type', 'parent_id', 'head_id', 'code', 'purpose', 'status'];

/** The units of kind team that fit a filter on the basis, in the order of their ids after `after`, at most `limit`. */
export const teams = async (
  sql: Sql,
  basis: Basis,
  filter: TeamFilter,
  page: { after?: string | undefined; limit: number },
): Promise<TeamRow[]> => {
  const q = new Query(basis);
  const statuses = q.value(filter.statuses ?? ['active'], 'text[]');
  const tests: ((a: string) => string)[] = [(a) => `${a}.kind = 'team'`, (a) => `${a}.status = any(${statuses})`];
  const units = filter.units && q.value(filter.units, 'uuid[]');
  if (units) tests.push((a) => `${a}.id = any(${units})`);
  if (filter.unit_type !== undefined) tests.push((a) => `${a}.unit_type = ${q.value(filter.unit_type, 'text')}`);
  if (filter.name !== undefined) tests.push((a) => `lower(${a}.name) like lower(${q.value(containing(filter.name ?? ''), 'text')})`);
  if (filter.actor !== undefined)
    tests.push(
      (a) =>
        `${a}.id in (select l.unit_id from ${q.effective('placement', { columns: ['unit_id', 'status'], where: (l) => `${l}.actor_id = ${q.value(filter.actor, 'uuid')}` })} l where l.status = 'active')`,
    );
  if (page.after !== undefined) tests.push((a) => `${a}.id > ${q.value(page.after, 'uuid')}`);
  const where: Filter = (a) => tests.map((t) => t(a)).join(' and ');
  return q.run<TeamRow>(
    sql,
    `select * from ${q.effective('org_unit', { columns, where, first: page.limit })} u order by u.id limit ${q.value(page.limit, 'int')}`,
  );
};

export interface MemberRow {
  unit_id: string;
  placement_id: string;
  actor_id: string;
  external_uid: string;
  actor_kind: string;
  role: string | null;
  allocation: string | null;
  position_id: string | null;
  /** Effective FTE at four decimals; a plain membership adds none. */
  fte: string;
  /** Of the whole team, however many rows are shown. */
  placements: number;
  members: number;
  leads: number;
  team_fte: string;
}

/**
 * The members of some teams: active placements of active actors, leads first, at most `each` of a team, with the counts and the FTE
 * of all of them. A membership is a placement; one actor with two in a team is two rows and counts as one member.
 */
export const members = async (sql: Sql, basis: Basis, ids: readonly string[], each: number): Promise<MemberRow[]> => {
  if (ids.length === 0) return [];
  const q = new Query(basis);
  return q.run<MemberRow>(
    sql,
    `
    with member as (
      select l.unit_id, l.id as placement_id, l.actor_id, a.external_uid, a.kind as actor_kind, l.role, l.allocation, l.position_id,
        coalesce(a.contract_fte * l.allocation * 0.01, 0) as exact
      from ${q.effective('placement', { columns: ['id', 'actor_id', 'unit_id', 'position_id', 'allocation', 'role', 'status'], where: among(q, 'unit_id', ids)! })} l
      cross join lateral ${q.effective('actor', { columns: ['kind', 'external_uid', 'contract_fte', 'status'], where: (a) => `${a}.id = l.actor_id` })} a
      where l.status = 'active' and a.status = 'active' offset 0),
    rounded as (select *, ${roundHalfEven('exact', 4)} as fte from member),
    whole as (select unit_id, count(*)::int as placements, count(distinct actor_id)::int as members, (count(distinct actor_id) filter (where role = 'lead'))::int as leads, sum(fte)::text as team_fte
      from rounded group by unit_id),
    ranked as (select *, row_number() over (partition by unit_id order by (role is not distinct from 'lead') desc, lower(external_uid) collate "C", placement_id) as n from rounded)
    select r.unit_id, r.placement_id, r.actor_id, r.external_uid, r.actor_kind, r.role, r.allocation::text, r.position_id, r.fte::text, w.placements, w.members, w.leads, w.team_fte
    from ranked r join whole w on w.unit_id = r.unit_id where r.n <= ${q.value(each, 'int')} order by r.unit_id, r.n`,
  );
};
