import { Decimal } from '../../domain/decimal.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { counting } from './counting.ts';
import { kept } from './kept.ts';
import { linesSql } from './layers.ts';
import { roundHalfEven } from './money-sql.ts';
import { activePosition, Query } from './query.ts';

/** What stands in one unit: positions in force, FTE, managers. */
export interface UnitSeats {
  seats: number;
  planned: number;
  frozen: number;
  vacant_positions: number;
  managers: number;
  establishment_fte: Decimal;
  fte: Decimal;
  fte_in_post: Decimal;
}

/** People who are placed in exactly these units, of one kind; an actor stands in one such group, so that nobody is counted twice. */
export interface UnitHeads {
  units: string[];
  kind: string;
  contractor: boolean;
  people: number;
}

/** No seats at all: what counting begins with. */
export const noSeats = (): UnitSeats => ({
  seats: 0,
  planned: 0,
  frozen: 0,
  vacant_positions: 0,
  managers: 0,
  establishment_fte: new Decimal(0),
  fte: new Decimal(0),
  fte_in_post: new Decimal(0),
});

const seatRows = (sql: Sql, basis: Basis) => {
  const q = new Query(basis);
  return q.run<{ unit_id: string; seats: number; planned: number; frozen: number; vacant: number; fte: string }>(
    sql,
    `select p.unit_id, count(*)::int as seats, count(*) filter (where p.status = 'planned')::int as planned, count(*) filter (where p.status = 'frozen')::int as frozen,
      count(*) filter (where p.status in ('open', 'frozen') and h.position_id is null)::int as vacant, coalesce(sum(${roundHalfEven('p.capacity_fte', 4)}), 0)::text as fte
    from ${q.effective('position', { columns: ['id', 'unit_id', 'status', 'capacity_fte'] })} p
    left join (select distinct l.position_id from ${q.effective('placement', { columns: ['position_id', 'status'] })} l where l.status = 'active' and l.position_id is not null) h on h.position_id = p.id
    where ${activePosition('p')} and p.unit_id is not null group by p.unit_id`,
  );
};

const fteRows = (sql: Sql, basis: Basis) => {
  const q = new Query(basis);
  return q.run<{ unit_id: string; fte: string; in_post: string }>(
    sql,
    `select unit_id, sum(${roundHalfEven('fte', 4)})::text as fte, coalesce(sum(${roundHalfEven('fte', 4)}) filter (where position_id is not null), 0)::text as in_post
    from (select l.unit_id, l.position_id, coalesce(a.contract_fte * l.allocation * 0.01, 0) as fte
      from ${q.effective('placement', { columns: ['actor_id', 'unit_id', 'position_id', 'allocation', 'status'] })} l
      join ${q.effective('actor', { columns: ['id', 'contract_fte', 'status'] })} a on a.id = l.actor_id
      where l.status = 'active' and a.status = 'active' and l.unit_id is not null offset 0) x group by unit_id`,
  );
};

const managerRows = (sql: Sql, basis: Basis) => {
  const q = new Query(basis);
  return q.run<{ unit_id: string; managers: number }>(
    sql,
    `with recursive ${linesSql(q)}
    select m.unit_id, count(*)::int as managers from seat m
    where m.in_force and m.unit_id is not null and exists (select 1 from report r where r.manager_id = m.id) group by m.unit_id`,
  );
};

const headRows = (sql: Sql, basis: Basis) => {
  const q = new Query(basis);
  return q.run<UnitHeads>(
    sql,
    `select units, kind, contractor, count(*)::int as people from (
      select a.id, a.kind, coalesce(a.employment_type = 'contractor', false) as contractor, array_agg(distinct l.unit_id) as units
      from ${q.effective('actor', { columns: ['id', 'kind', 'employment_type', 'status'] })} a
      join ${q.effective('placement', { columns: ['actor_id', 'unit_id', 'status'] })} l on l.actor_id = a.id
      where a.status = 'active' and l.status = 'active' and l.unit_id is not null group by 1, 2, 3) x group by 1, 2, 3`,
  );
};

/** Counts by the unit they stand directly in, on the effective date, and the people by the units they are placed in. */
export const unitMetrics = async (sql: Sql, basis: Basis): Promise<{ units: Map<string, UnitSeats>; heads: UnitHeads[] }> => {
  const [seats, fte, managers, heads] = await kept(sql, basis, 'metrics by unit', () =>
    Promise.all([
      counting(sql, (tx) => seatRows(tx, basis)),
      counting(sql, (tx) => fteRows(tx, basis)),
      counting(sql, (tx) => managerRows(tx, basis)),
      counting(sql, (tx) => headRows(tx, basis)),
    ]),
  );
  const units = new Map<string, UnitSeats>();
  const of = (id: string): UnitSeats => {
    const known = units.get(id) ?? noSeats();
    units.set(id, known);
    return known;
  };
  for (const r of seats)
    Object.assign(of(r.unit_id), {
      seats: r.seats,
      planned: r.planned,
      frozen: r.frozen,
      vacant_positions: r.vacant,
      establishment_fte: new Decimal(r.fte),
    });
  for (const r of fte) Object.assign(of(r.unit_id), { fte: new Decimal(r.fte), fte_in_post: new Decimal(r.in_post) });
  for (const r of managers) of(r.unit_id).managers = r.managers;
  return { units, heads };
};
