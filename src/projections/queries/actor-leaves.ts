import type { Parts } from './figures.ts';
import { leafSql } from './money-sql.ts';
import { among, type Query } from './query.ts';
import type { RateTables } from './rates.ts';

/** What actors are grouped by: their own column, or one of the placement they count under (the primary one, else the first by id). */
export type ActorKey = { own: 'kind' | 'country' | 'employment_type' } | { placed: 'unit_id' | 'position_id' };

/**
 * Placed active actors and their pay per head as CTEs: `who` (one row an actor, with `key` as text when one is asked for; '' where it is not
 * known) and `pay` (id, base: annual pay by the rates of the unit of the primary placement, not rounded).
 */
export const actorLeaves = (q: Query, rates: RateTables, parts?: Parts, by?: ActorKey): string => {
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
    columns: ['id', 'actor_id', 'unit_id', 'position_id', 'status', 'is_primary'],
    ...(theirs ? { where: theirs } : {}),
  });
  const pay = q.effective('compensation', {
    columns: ['actor_id', 'amount', 'basis', 'currency', 'status'],
    ...(theirs ? { where: theirs } : {}),
  });
  const key = !by ? '' : `, coalesce(${'own' in by ? `a.${by.own}` : `l.${by.placed}::text`}, '') as key`;
  // Which placement is the primary one matters only where a rate or the key hangs on it, and finding it sorts them all.
  const who =
    rates.units.length === 0 && !(by && 'placed' in by)
      ? `select a.id, a.kind, a.employment_type, a.country, null::uuid as unit_id${key} from ${actor} a
          where a.status = 'active' and exists (select 1 from ${placed} x where x.status = 'active' and x.actor_id = a.id)`
      : `select a.id, a.kind, a.employment_type, a.country, l.unit_id${key} from ${actor} a
          join (select distinct on (x.actor_id) x.actor_id, x.unit_id, x.position_id from ${placed} x
            where x.status = 'active' order by x.actor_id, x.is_primary desc nulls last, x.id) l on l.actor_id = a.id
          where a.status = 'active'`;
  return `
    who as materialized (${who}),
    pay as materialized (select id, sum(base) as base from (select w.id, ${leaf.base} as base from who w
      join ${pay} c on c.actor_id = w.id and c.status = 'active' ${leaf.joins} offset 0) p group by id)`;
};
