import { fiscalYear } from '../../domain/dates.ts';
import type { Parts } from './figures.ts';
import { divide, leafSql, overlapDays, roundHalfEven } from './money-sql.ts';
import { among, type Query } from './query.ts';
import { decimalsOf, type RateTables } from './rates.ts';
import { placeSql } from './seat-leaves.ts';

/** What a placement's cost is grouped by: text over the alias `l` (a row of `held`) and what `join` adds. */
export interface PlacementKey {
  key: string;
  join: string;
}

/**
 * The actual cost of placements as CTEs. `held`: one row a version of a placement and its actor while both are active; `leaf`: per
 * placement its annualised cost on the date and its in-year cost, each rounded once over all pays of its actor. With a
 * key, a leaf stands where its paid days stand, as in `seatLeaves`.
 */
export const placementLeaves = (q: Query, rates: RateTables, parts?: Parts, by?: PlacementKey): string => {
  const key = by?.key;
  const { basis } = q;
  const year = fiscalYear(basis.effective_on, basis.settings.fiscal_year_start);
  const [from, to, on] = [q.value(year.from, 'date'), q.value(year.to, 'date'), q.value(basis.effective_on, 'date')];
  const when = { from: year.from, to: year.to };
  const scale = decimalsOf(basis.settings.currency);
  const leaf = leafSql(q, rates, {
    unit: 'l.unit_id',
    country: 'l.country',
    employment_type: 'l.employment_type',
    amount: 'c.amount',
    basis: 'c.basis',
    currency: 'c.currency',
  });
  const where = among(q, 'id', parts?.placements);
  // The actors of the named placements: a join would read every actor of the tenant.
  const of = parts && q.value(parts.placements, 'uuid[]');
  const theirs =
    of &&
    ((column: string) => (a: string) =>
      `${a}.${column} in (select v.actor_id from placement_version v where v.tenant = ${q.value(basis.tenant, 'int')} and v.branch in (0, ${q.value(basis.branch, 'bigint')}) and v.id = any(${of}))`);
  const placed = q.effective('placement', {
    when,
    ...(where ? { where } : {}),
    columns: ['id', 'actor_id', 'unit_id', 'position_id', 'allocation', 'status', 'effective_from', 'effective_to'],
  });
  const actor = q.effective('actor', {
    when,
    ...(theirs ? { where: theirs('id') } : {}),
    columns: ['id', 'kind', 'status', 'contract_fte', 'country', 'employment_type', 'effective_from', 'effective_to'],
  });
  const pay = q.effective('compensation', {
    when,
    ...(theirs ? { where: theirs('actor_id') } : {}),
    columns: ['actor_id', 'amount', 'basis', 'currency', 'status', 'effective_from', 'effective_to'],
  });
  const start = `greatest(l.effective_from, a.effective_from)`;
  const end = `least(l.effective_to, a.effective_to)`;
  const place = key ? ', place' : '';
  // Once a seat, however many pays its holder has and whenever each began: the fixed on-cost stands on the union of their dates.
  const fixed = leaf.hasFixed
    ? `union all select f.id, lower(r), upper(r), f.fixed${place}
        from (select id, fixed${key ? ', max(place) as place' : ''}, range_agg(daterange(effective_from, effective_to)) as ranges from paid where annualised is not null group by id, version, fixed) f cross join lateral unnest(f.ranges) r`
    : '';
  return `
    held as materialized (
      select ${leaf.hasFixed ? 'row_number() over () as version, ' : ''}l.id, l.actor_id, l.unit_id, l.position_id, a.kind, a.country, a.employment_type,
        coalesce(a.contract_fte * l.allocation * 0.01, 0) as fte, ${start} as effective_from, ${end} as effective_to
      from ${placed} l join ${actor} a on a.id = l.actor_id and a.status = 'active' and a.effective_from < l.effective_to and a.effective_to > l.effective_from
      where l.status = 'active' and ${start} < ${to} and ${end} > ${from}),
    priced as (
      select l.id, greatest(l.effective_from, c.effective_from) as effective_from, least(l.effective_to, c.effective_to) as effective_to,
        l.fte, ${leaf.base} as base, 1 + ${leaf.onCost} as factor
        ${leaf.hasFixed ? `, l.version, case when l.position_id is null then 0 else ${leaf.fixed} end as fixed` : ''}
        ${key ? `, ${placeSql('greatest(l.effective_from, c.effective_from)', on)} || ${key} as place` : ''}
      from held l join ${pay} c on c.actor_id = l.actor_id and c.status = 'active' and c.effective_from < l.effective_to and c.effective_to > l.effective_from
      ${leaf.joins} ${by?.join ?? ''} offset 0),
    paid as (select id, effective_from, effective_to, base * fte * factor as annualised${leaf.hasFixed ? ', version, fixed' : ''}${place} from priced),
    span as (select id, effective_from, effective_to, annualised${place} from paid where annualised is not null ${fixed}),
    leaf as materialized (
      select id, ${roundHalfEven('at', scale)} as annualised, ${roundHalfEven('cost', scale)} as in_year${place} from (
        select id, at${place}, ${divide('days_cost', q.value(year.days, 'int'))} as cost from (
          select id, coalesce(sum(annualised) filter (where effective_from <= ${on} and effective_to > ${on}), 0) as at,
            coalesce(sum(annualised * ${overlapDays(['effective_from', from], ['effective_to', to])}) filter (where effective_from < ${to} and effective_to > ${from}), 0) as days_cost
            ${key ? ', max(place) as place' : ''}
          from span group by id) s offset 0) t)`;
};
