import { fiscalYear } from '../../domain/dates.ts';
import { monthStarts } from '../../domain/money.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import type { Numbers, Parts } from './figures.ts';
import { roundHalfEven } from './money-sql.ts';
import { among, Query } from './query.ts';
import { decimalsOf, type RateTables } from './rates.ts';
import { seatLeaves } from './seat-leaves.ts';

/** What seats come to: counts, establishment and planned cost. Leaf: the position. */
export const seatFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const year = fiscalYear(basis.effective_on, basis.settings.fiscal_year_start);
  const scale = decimalsOf(basis.settings.currency);
  const heldBy = among(q, 'position_id', parts?.positions);
  const held = q.effective('placement', { columns: ['position_id', 'status'], ...(heldBy ? { where: heldBy } : {}) });
  // From the few distinct stretches of dates, not from every seat once a month.
  const months = monthStarts(year).map(
    (m, i) =>
      `(select sum(rounded) from stretch where effective_from <= ${q.value(m, 'date')} and effective_to > ${q.value(m, 'date')})::text as m${i}`,
  );
  const [row] = await q.run<Numbers>(
    sql,
    `
    with ${seatLeaves(q, rates, parts)},
    stretch as materialized (select effective_from, effective_to, now, status, sum(rounded) as rounded, count(*) as n, count(base) as paid,
        sum(${roundHalfEven('capacity_fte', 4)}) filter (where now) as fte, sum(${roundHalfEven('base', scale)}) filter (where now) as base
      from rounded group by 1, 2, 3, 4)
    select coalesce(sum(n) filter (where now), 0)::text as seats,
      sum(n) filter (where now and status = 'planned')::text as planned,
      sum(n) filter (where now and status = 'open')::text as open,
      sum(n) filter (where now and status = 'frozen')::text as frozen,
      (select count(*) from rounded r where now and status in ('open', 'frozen')
        and not exists (select 1 from ${held} l where l.status = 'active' and l.position_id = r.id))::text as vacant_positions,
      sum(fte)::text as establishment_fte,
      sum(base)::text as planned_base,
      sum(paid) filter (where now)::text as planned_with_pay,
      sum(rounded) filter (where now)::text as planned_annualised,
      (select sum(in_year) from year)::text as planned_in_year, ${months.join(', ')}
    from stretch`,
  );
  return row ?? {};
};
