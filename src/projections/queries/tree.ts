import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { activePosition, among, Query } from './query.ts';

export interface TreeRow {
  id: string;
  parent_id: string | null;
  name: string;
  kind: string;
  code: string | null;
  head_id: string | null;
  depth: number;
  /** Active units directly below. */
  children: number;
}

/**
 * The active units from the root (or a given unit) down to `depth` levels, breadth first, at most `limit`. Reads those units and
 * their children by index, never the whole table. Depth 1 is the unit it starts from.
 */
export const treeRows = async (
  sql: Sql,
  basis: Basis,
  args: { root?: string | undefined; depth: number; limit: number },
): Promise<TreeRow[]> => {
  const q = new Query(basis);
  const columns = ['id', 'parent_id', 'name', 'kind', 'code', 'head_id', 'status'];
  const root = args.root === undefined ? undefined : q.value(args.root, 'uuid');
  return q.run<TreeRow>(
    sql,
    `
    with recursive down (id, parent_id, name, kind, code, head_id, depth) as (
      select u.id, u.parent_id, u.name, u.kind, u.code, u.head_id, 1
        from ${q.effective('org_unit', { columns, where: (a) => (root ? `${a}.id = ${root}` : `${a}.parent_id is null`) })} u where u.status = 'active'
      union all
      select u.id, u.parent_id, u.name, u.kind, u.code, u.head_id, d.depth + 1
        from down d cross join lateral ${q.effective('org_unit', { columns, where: (a) => `${a}.parent_id = d.id` })} u
        where u.status = 'active' and d.depth < ${q.value(args.depth, 'int')})
    select d.*, (select count(*)::int from ${q.effective('org_unit', { columns: ['status'], where: (a) => `${a}.parent_id = d.id` })} c where c.status = 'active') as children
    from (select * from down order by depth, name collate "C", id limit ${q.value(args.limit, 'int')}) d order by d.depth, d.name collate "C", d.id`,
  );
};

/** Ids of a unit and of every unit below it, closed ones included. */
export const subtreeIds = async (sql: Sql, basis: Basis, root: string): Promise<string[]> => {
  const q = new Query(basis);
  const rows = await q.run<{ id: string }>(
    sql,
    `
    with recursive down (id) as (
      select u.id from ${q.effective('org_unit', { columns: ['id'], where: (a) => `${a}.id = ${q.value(root, 'uuid')}` })} u
      union
      select u.id from down d cross join lateral ${q.effective('org_unit', { columns: ['id'], where: (a) => `${a}.parent_id = d.id` })} u)
    select id from down`,
  );
  return rows.map((r) => r.id);
};

/** Positions in force and vacant ones that stand directly in each of some units. Units without any are absent. */
export const unitCounts = async (
  sql: Sql,
  basis: Basis,
  units: readonly string[],
): Promise<Map<string, { positions: number; vacant: number }>> => {
  if (units.length === 0) return new Map();
  const q = new Query(basis);
  const rows = await q.run<{ unit_id: string; positions: number; vacant: number }>(
    sql,
    `
    with seat as materialized (select p.id, p.unit_id, p.status
        from ${q.effective('position', { columns: ['id', 'unit_id', 'status'], where: among(q, 'unit_id', units)! })} p where ${activePosition('p')}),
      held as (select distinct l.position_id from seat s
        cross join lateral ${q.effective('placement', { columns: ['position_id', 'status'], where: (a) => `${a}.position_id = s.id` })} l where l.status = 'active')
    select s.unit_id, count(*)::int as positions, count(*) filter (where s.status in ('open', 'frozen') and h.position_id is null)::int as vacant
    from seat s left join held h on h.position_id = s.id group by s.unit_id`,
  );
  return new Map(rows.map((r) => [r.unit_id, r]));
};
