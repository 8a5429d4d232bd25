import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { counting } from './counting.ts';
import { activePosition, Query } from './query.ts';

/** Layers, roots and the distribution of spans of the solid lines on one basis. All are counts of positions in force. */
export interface Shape {
  /** Layer 1 reports to nobody; a layer counts positions in force. */
  layers: { layer: number; positions: number }[];
  /** Positions in force that the lines reach from no root (a loop in the data); they stand in no layer. */
  unreached: number;
  /** Positions in force with at least one direct report in force. */
  managers: number;
  roots: number;
  /** How many managers have so many direct reports. */
  spans: { reports: string; managers: number }[];
}

/**
 * Resolves the manager of every position. `unit_head` is the head of the nearest unit upward that has one in force and is not
 * the position itself: two nearest different heads per unit are enough to know that for each of its positions. `line` is the line
 * as it is set; `report` says whose direct report each position in force is: the nearest manager in force up that line.
 */
export const linesSql = (q: Query): string => `
  seat as materialized (select id, unit_id, reporting, manager_id, coalesce(${activePosition('p')}, false) as in_force
    from ${q.effective('position', { columns: ['id', 'unit_id', 'reporting', 'manager_id', 'status'] })} p),
  unit as materialized (select u.id, u.parent_id, s.id as head_id
    from ${q.effective('org_unit', { columns: ['id', 'parent_id', 'head_id'] })} u left join seat s on s.id = u.head_id and s.in_force),
  heads (unit_id, first_head, second_head, path) as (
    select u.id, u.head_id, null::uuid, array[u.id] from unit u
      where u.parent_id is null or not exists (select 1 from unit x where x.id = u.parent_id)
    union all
    select u.id, coalesce(u.head_id, h.first_head),
      case when u.head_id is null or u.head_id = h.first_head then h.second_head else h.first_head end, h.path || u.id
    from heads h join unit u on u.parent_id = h.unit_id where not u.id = any(h.path)),
  line as materialized (select s.id, s.in_force, case s.reporting
      when 'explicit' then s.manager_id
      when 'unit_head' then case when h.first_head = s.id then h.second_head else h.first_head end
    end as manager_id
    from seat s left join heads h on h.unit_id = s.unit_id),
  passed (id, manager_id, path) as (
    select l.id, c.manager_id, array[c.id] from line l join line c on c.id = l.manager_id where l.in_force and not c.in_force
    union all
    select p.id, c.manager_id, p.path || c.id from passed p join line c on c.id = p.manager_id where not c.in_force and not c.id = any(p.path)),
  report as materialized (select r.id, r.manager_id
    from (select id, manager_id from line where in_force union all select id, manager_id from passed) r
    join seat m on m.id = r.manager_id and m.in_force)`;

/**
 * The shape of the reporting lines. A closed manager passes its reports on to its own manager, in layers and in spans, and stands
 * in neither itself, so a closing never loses the people below and the spans add up to the positions without the roots; a manager
 * that does not exist on the date makes its reports report to nobody.
 */
export const shape = async (sql: Sql, basis: Basis): Promise<Shape> => {
  const q = new Query(basis);
  const text = `
    with recursive ${linesSql(q)},
    depth (id, in_force, layer) as (
      select l.id, l.in_force, l.in_force::int from line l where l.manager_id is null or not exists (select 1 from seat s where s.id = l.manager_id)
      union all
      select l.id, l.in_force, d.layer + l.in_force::int from depth d join line l on l.manager_id = d.id),
    span as (select manager_id, count(*) as reports from report group by 1)
    select 'layer' as what, layer::int as key, count(*)::int as n from depth where in_force group by layer
    union all select 'seats', 0, count(*)::int from seat where in_force
    union all select 'span', bucket, count(*)::int
      from (select case when reports = 1 then 0 when reports <= 3 then 1 when reports <= 7 then 2 when reports <= 12 then 3 when reports <= 16 then 4 else 5 end as bucket from span) b group by bucket`;
  const rows = await counting(sql, (tx) => q.run<{ what: string; key: number; n: number }>(tx, text));
  const of = (what: string) => rows.filter((r) => r.what === what).sort((a, b) => a.key - b.key);
  const layers = of('layer').map((r) => ({ layer: r.key, positions: r.n }));
  const labels = ['1', '2-3', '4-7', '8-12', '13-16', '17+'];
  const spans = of('span').map((r) => ({ reports: labels[r.key] as string, managers: r.n }));
  const reached = layers.reduce((sum, l) => sum + l.positions, 0);
  return {
    layers,
    unreached: (of('seats')[0]?.n ?? 0) - reached,
    managers: spans.reduce((sum, s) => sum + s.managers, 0),
    roots: layers[0]?.positions ?? 0,
    spans,
  };
};
