import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { among, activePosition, Query } from './query.ts';

/**
 * The solid-line manager of some positions on the basis: position id -> manager position id. Positions that report to nobody are
 * absent. Reads these positions, their units and the units above them, and nothing else.
 */
export const managersOf = async (sql: Sql, basis: Basis, ids: readonly string[]): Promise<Map<string, string>> => {
  if (ids.length === 0) return new Map();
  const q = new Query(basis);
  const rows = await q.run<{ id: string; manager_id: string }>(
    sql,
    `
    with recursive seat as materialized (select * from ${q.effective('position', { columns: ['id', 'unit_id', 'reporting', 'manager_id'], where: among(q, 'id', ids)! })} p),
    up (start, id, parent_id, head_id, depth) as (
      select u.id, u.id, u.parent_id, u.head_id, 0 from (select distinct unit_id from seat where reporting = 'unit_head') s
        cross join lateral ${q.effective('org_unit', { columns: ['id', 'parent_id', 'head_id'], where: (a) => `${a}.id = s.unit_id` })} u
      union all
      select up.start, u.id, u.parent_id, u.head_id, up.depth + 1 from up
        cross join lateral ${q.effective('org_unit', { columns: ['id', 'parent_id', 'head_id'], where: (a) => `${a}.id = up.parent_id` })} u
        where up.depth < 100),
    -- One probe a head: a recursion is estimated far too large, and a join by that estimate reads every position.
    head as materialized (select up.start, up.depth, up.head_id from up
      cross join lateral ${q.effective('position', { columns: ['id', 'status'], where: (a) => `${a}.id = up.head_id`, first: 1 })} h where ${activePosition('h')})
    select s.id, case s.reporting when 'explicit' then s.manager_id
        else (select h.head_id from head h where h.start = s.unit_id and h.head_id <> s.id order by h.depth limit 1) end as manager_id
    from seat s where s.reporting <> 'none'`,
  );
  return new Map(rows.filter((r) => r.manager_id).map((r) => [r.id, r.manager_id]));
};

/**
 * Ids of the positions that may report to a manager: those that name it, those in the units it leads (down to the next head),
 * and the heads of the units just below. A superset; `managersOf` decides.
 */
export const mayReportTo = async (sql: Sql, basis: Basis, manager: string): Promise<string[]> => {
  const q = new Query(basis);
  const id = q.value(manager, 'uuid');
  const rows = await q.run<{ id: string }>(
    sql,
    `
    with recursive led (id, head_id, stop, depth) as (
      select u.id, u.head_id, false, 0 from ${q.effective('org_unit', { columns: ['id', 'head_id'], where: (a) => `${a}.head_id = ${id}` })} u
      union all
      select u.id, u.head_id, u.head_id <> ${id} and exists (select 1 from ${q.effective('position', { columns: ['status'], where: (a) => `${a}.id = u.head_id` })} h where ${activePosition('h')}), led.depth + 1
      from led cross join lateral ${q.effective('org_unit', { columns: ['id', 'head_id'], where: (a) => `${a}.parent_id = led.id` })} u
      where not coalesce(led.stop, false) and led.depth < 100)
    select p.id from ${q.effective('position', { columns: ['id', 'reporting'], where: (a) => `${a}.manager_id = ${id}` })} p where p.reporting = 'explicit'
    union select p.id from (select distinct id from led where not coalesce(stop, false)) l
      cross join lateral ${q.effective('position', { columns: ['id', 'reporting'], where: (a) => `${a}.unit_id = l.id` })} p where p.reporting = 'unit_head'
    union select head_id from led where stop`,
  );
  return rows.map((r) => r.id);
};
