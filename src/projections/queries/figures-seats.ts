import { fiscalYear } from '../../domain/dates.ts';
import { monthStarts } from '../../domain/money.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import type { Numbers, Parts } from './figures.ts';
import { divide, leafSql, overlapDays, roundHalfEven } from './money-sql.ts';
import { activePosition, among, Query } from './query.ts';
import { decimalsOf, type RateTables } from './rates.ts';

/** What seats come to: counts, establishment and planned cost. Leaf: the position. */
export const seatFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const year = fiscalYear(basis.effective_on, basis.settings.fiscal_year_start);
  const [from, to, on] = [q.value(year.from, 'date'), q.value(year.to, 'date'), q.value(basis.effective_on, 'date')];
  const scale = decimalsOf(basis.settings.currency);
  const leaf = leafSql(q, rates, {
    unit: 'p.unit_id',
    country: 'p.country',
    employment_type: 'p.employment_type',
    amount: 'p.pay_amount',
    basis: 'p.pay_basis',
    currency: 'p.pay_currency',
  });
  const where = among(q, 'id', parts?.positions);
  const heldBy = among(q, 'position_id', parts?.positions);
  // From the few distinct stretches of dates, not from every seat once a month.
  const months = monthStarts(year).map(
    (m, i) =>
      `(select sum(rounded) from stretch where effective_from <= ${q.value(m, 'date')} and effective_to > ${q.value(m, 'date')})::text as m${i}`,
  );
  const [row] = await q.run<Numbers>(
    sql,
    `
    with span as (
      select p.id, p.status, p.capacity_fte, p.effective_from, p.effective_to, ${leaf.base} as base,
        coalesce(${leaf.base} * coalesce(p.capacity_fte, 0) * (1 + ${leaf.onCost}) + ${leaf.fixed}, 0) as annualised
      from ${q.effective('position', {
        when: { from: year.from, to: year.to },
        ...(where ? { where } : {}),
        columns: [
          'id',
          'status',
          'unit_id',
          'country',
          'employment_type',
          'capacity_fte',
          'pay_amount',
          'pay_basis',
          'pay_currency',
          'effective_from',
          'effective_to',
        ],
      })} p ${leaf.joins}
      where ${activePosition('p')}),
    held as (select distinct l.position_id from ${q.effective('placement', { columns: ['position_id', 'status'], ...(heldBy ? { where: heldBy } : {}) })} l
      where l.status = 'active' and l.position_id is not null),
    rounded as materialized (select s.*, ${roundHalfEven('s.annualised', scale)} as rounded, s.effective_from <= ${on} and s.effective_to > ${on} as now,
      s.effective_from <= ${from} and s.effective_to >= ${to} as whole_year from span s),
    stretch as materialized (select effective_from, effective_to, sum(rounded) as rounded from rounded group by 1, 2),
    year as (select rounded as in_year from rounded where whole_year
      union all select ${roundHalfEven('y.cost', scale)} from (
        select ${divide(`sum(s.annualised * ${overlapDays(['s.effective_from', from], ['s.effective_to', to])})`, q.value(year.days, 'int'))} as cost
        from rounded s where not s.whole_year group by s.id) y)
    select count(*) filter (where now)::text as seats,
      count(*) filter (where now and status = 'planned')::text as planned,
      count(*) filter (where now and status = 'open')::text as open,
      count(*) filter (where now and status = 'frozen')::text as frozen,
      count(*) filter (where now and status in ('open', 'frozen') and held.position_id is null)::text as vacant_positions,
      sum(${roundHalfEven('capacity_fte', 4)}) filter (where now)::text as establishment_fte,
      sum(${roundHalfEven('base', scale)}) filter (where now)::text as planned_base,
      count(base) filter (where now)::text as planned_with_pay,
      sum(rounded) filter (where now)::text as planned_annualised,
      (select sum(in_year) from year)::text as planned_in_year, ${months.join(', ')}
    from rounded r left join held on held.position_id = r.id and r.now`,
  );
  return row ?? {};
};
