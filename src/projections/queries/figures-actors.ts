import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import type { Numbers, Parts } from './figures.ts';
import { leafSql, roundHalfEven } from './money-sql.ts';
import { among, Query } from './query.ts';
import { decimalsOf, type RateTables } from './rates.ts';

/** Who is placed, by kind, and their pay per head (by the rates of the unit of their primary placement). Leaf: the actor. */
export const actorFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const scale = decimalsOf(basis.settings.currency);
  const leaf = leafSql(q, rates, {
    unit: 'w.unit_id',
    country: 'w.country',
    employment_type: 'w.employment_type',
    amount: 'c.amount',
    basis: 'c.basis',
    currency: 'c.currency',
  });
  const own = among(q, 'id', parts?.actors);
  const theirs = among(q, 'actor_id', parts?.actors);
  const actor = q.effective('actor', {
    columns: ['id', 'kind', 'employment_type', 'country', 'status'],
    ...(own ? { where: own } : {}),
  });
  const placed = q.effective('placement', {
    columns: ['id', 'actor_id', 'unit_id', 'status', 'is_primary'],
    ...(theirs ? { where: theirs } : {}),
  });
  const pay = q.effective('compensation', {
    columns: ['actor_id', 'amount', 'basis', 'currency', 'status'],
    ...(theirs ? { where: theirs } : {}),
  });
  // Which placement is the primary one matters only where a rate hangs on its unit, and finding it sorts them all.
  const who =
    rates.units.length === 0
      ? `select a.id, a.kind, a.employment_type, a.country, null::uuid as unit_id from ${actor} a
          where a.status = 'active' and exists (select 1 from ${placed} x where x.status = 'active' and x.actor_id = a.id)`
      : `select a.id, a.kind, a.employment_type, a.country, l.unit_id from ${actor} a
          join (select distinct on (x.actor_id) x.actor_id, x.unit_id from ${placed} x
            where x.status = 'active' order by x.actor_id, x.is_primary desc nulls last, x.id) l on l.actor_id = a.id
          where a.status = 'active'`;
  const [row] = await q.run<Numbers>(
    sql,
    `
    with who as materialized (${who}),
    pay as materialized (select id, sum(base) as base from (select w.id, ${leaf.base} as base from who w
      join ${pay} c on c.actor_id = w.id and c.status = 'active' ${leaf.joins} offset 0) p group by id)
    select count(*) filter (where kind = 'human')::text as headcount,
      count(*) filter (where kind = 'human' and employment_type = 'contractor')::text as contractors,
      count(*) filter (where kind = 'robot')::text as robots, count(*) filter (where kind = 'ai_agent')::text as ai_agents,
      count(*)::text as placed_actors,
      (select sum(${roundHalfEven('base', scale)}) from pay)::text as actual_base, (select count(base) from pay)::text as actual_with_pay
    from who`,
  );
  return row ?? {};
};
