import { fiscalYear } from '../../domain/dates.ts';
import { Decimal } from '../../domain/decimal.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import type { Numbers, Parts } from './figures.ts';
import { divide, leafSql, overlapDays, roundHalfEven } from './money-sql.ts';
import { among, Query } from './query.ts';
import { decimalsOf, type RateTables } from './rates.ts';

/** What placements of active actors come to: FTE and actual cost. Leaf: the placement, over all pays of its actor. */
export const placedFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
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
  // Once a seat, however many pays its holder has: the fixed on-cost stands on the union of their dates.
  const fixed = [rates.tenant, ...rates.units, ...rates.countries, ...rates.employment_types].some((r) =>
    new Decimal(r.fixed_on_cost ?? 0).gt(0),
  );
  const start = `greatest(l.effective_from, a.effective_from)`;
  const end = `least(l.effective_to, a.effective_to)`;
  const [row] = await q.run<Numbers>(
    sql,
    `
    with held as (
      select row_number() over () as version, l.id, l.actor_id, l.unit_id, l.position_id, a.country, a.employment_type, coalesce(a.contract_fte * l.allocation / 100, 0) as fte,
        ${start} as effective_from, ${end} as effective_to
      from ${q.effective('placement', { when, ...(where ? { where } : {}), columns: ['id', 'actor_id', 'unit_id', 'position_id', 'allocation', 'status', 'effective_from', 'effective_to'] })} l
      join ${q.effective('actor', { when, ...(theirs ? { where: theirs('id') } : {}), columns: ['id', 'status', 'contract_fte', 'country', 'employment_type', 'effective_from', 'effective_to'] })} a
        on a.id = l.actor_id and a.status = 'active' and a.effective_from < l.effective_to and a.effective_to > l.effective_from
      where l.status = 'active' and ${start} < ${to} and ${end} > ${from}),
    paid as (
      select l.id, l.version, greatest(l.effective_from, c.effective_from) as effective_from, least(l.effective_to, c.effective_to) as effective_to,
        ${leaf.base} * l.fte * (1 + ${leaf.onCost}) as annualised${fixed ? `, case when l.position_id is null then 0 else ${leaf.fixed} end as fixed` : ''}
      from held l join ${q.effective('compensation', { when, ...(theirs ? { where: theirs('actor_id') } : {}), columns: ['actor_id', 'amount', 'basis', 'currency', 'status', 'effective_from', 'effective_to'] })} c
        on c.actor_id = l.actor_id and c.status = 'active' and c.effective_from < l.effective_to and c.effective_to > l.effective_from
      ${leaf.joins}),
    span as (
      select id, effective_from, effective_to, annualised from paid where annualised is not null
      ${
        fixed
          ? `union all select f.id, lower(r), upper(r), f.fixed
        from (select id, fixed, range_agg(daterange(effective_from, effective_to)) as ranges from paid where annualised is not null group by id, version, fixed) f cross join lateral unnest(f.ranges) r`
          : ''
      }),
    leaf as (
      select ${roundHalfEven('t.at', scale)} as annualised, ${roundHalfEven('t.cost', scale)} as in_year from (
        select coalesce(sum(s.annualised) filter (where s.effective_from <= ${on} and s.effective_to > ${on}), 0) as at,
          ${divide(`coalesce(sum(s.annualised * ${overlapDays(['s.effective_from', from], ['s.effective_to', to])}) filter (where s.effective_from < ${to} and s.effective_to > ${from}), 0)`, q.value(year.days, 'int'))} as cost
        from span s group by s.id) t)
    select count(*)::text as placements, sum(${roundHalfEven('fte', 4)})::text as fte, sum(${roundHalfEven('fte', 4)}) filter (where position_id is not null)::text as fte_in_post,
      (select sum(annualised) from leaf)::text as actual_annualised, (select sum(in_year) from leaf)::text as actual_in_year
    from held where effective_from <= ${on} and effective_to > ${on}`,
  );
  return row ?? {};
};
