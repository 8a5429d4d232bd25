import { fiscalYear } from '../../domain/dates.ts';
import type { Parts } from './figures.ts';
import { divide, leafSql, overlapDays, roundHalfEven } from './money-sql.ts';
import { activePosition, among, type Query } from './query.ts';
import { decimalsOf, type RateTables } from './rates.ts';

const columns = [
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
];

/** What a cost leaf is grouped by: columns of the effective set it needs, and its key as text over the alias `p`. */
export interface SeatKey {
  columns: readonly string[];
  key: string;
}

/**
 * The cost of seats as CTEs. `rounded`: one row a version in force in the fiscal year, with its rounded annualised cost; `year`: the
 * in-year cost of each leaf (a position), rounded once over its versions. With a key, a leaf stands where it stands on the
 * date, else where it last stood before, else where it first stands after. Each formula is worked out once a row: `offset 0` keeps
 * PostgreSQL from writing it into every place that reads it.
 */
export const seatLeaves = (q: Query, rates: RateTables, parts?: Parts, by?: SeatKey): string => {
  const { basis } = q;
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
  const set = q.effective('position', {
    when: { from: year.from, to: year.to },
    ...(where ? { where } : {}),
    columns: [...new Set([...columns, ...(by?.columns ?? [])])],
  });
  const nearest = by ? ', max(place) as place' : '';
  return `
    priced as (select p.id, p.status, p.capacity_fte, p.effective_from, p.effective_to, ${leaf.base} as base, 1 + ${leaf.onCost} as factor
        ${leaf.hasFixed ? `, ${leaf.fixed} as fixed` : ''}${by ? `, ${by.key} as key` : ''}
      from ${set} p ${leaf.joins} where ${activePosition('p')} offset 0),
    costed as (select s.*, coalesce(base * coalesce(capacity_fte, 0) * factor${leaf.hasFixed ? ' + fixed' : ''}, 0) as annualised from priced s offset 0),
    rounded as materialized (select id, status, capacity_fte, base, effective_from, effective_to, annualised, ${roundHalfEven('annualised', scale)} as rounded,
        effective_from <= ${on} and effective_to > ${on} as now, effective_from <= ${from} and effective_to >= ${to} as whole_year
        ${by ? `, key, ${placeSql('effective_from', on)} || key as place` : ''} from costed),
    year as (select id, rounded as in_year${by ? ', place' : ''} from rounded where whole_year
      union all select id, ${roundHalfEven('cost', scale)}${by ? ', place' : ''} from (
        select id, ${divide('days_cost', q.value(year.days, 'int'))} as cost${by ? ', place' : ''} from (
          select id, sum(annualised * ${overlapDays(['effective_from', from], ['effective_to', to])}) as days_cost${nearest} from rounded where not whole_year group by id) y offset 0) y)`;
};

/**
 * Text of ten letters whose maximum is where a leaf stands: the latest start on or before the date, else the earliest after it. What
 * follows it is the key.
 */
export const placeSql = (start: string, on: string): string =>
  `case when ${start} <= ${on} then '1' || lpad((${start} - date '0001-01-01')::text, 9, '0') else '0' || lpad((date '9999-12-31' - ${start})::text, 9, '0') end`;

/** The key within what `placeSql` begins. */
export const keyOf = (place: string): string => `substr(${place}, 11)`;
