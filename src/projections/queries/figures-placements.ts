import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import type { Numbers, Parts } from './figures.ts';
import { roundHalfEven } from './money-sql.ts';
import { placementLeaves } from './placement-leaves.ts';
import { Query } from './query.ts';
import type { RateTables } from './rates.ts';

/** What placements of active actors come to: FTE and actual cost. Leaf: the placement, over all pays of its actor. */
export const placedFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const on = q.value(basis.effective_on, 'date');
  const [row] = await q.run<Numbers>(
    sql,
    `
    with ${placementLeaves(q, rates, parts)},
    now as (select ${roundHalfEven('fte', 4)} as fte, position_id from held where effective_from <= ${on} and effective_to > ${on})
    select count(*)::text as placements, sum(fte)::text as fte, sum(fte) filter (where position_id is not null)::text as fte_in_post,
      (select sum(annualised) from leaf)::text as actual_annualised, (select sum(in_year) from leaf)::text as actual_in_year
    from now`,
  );
  return row ?? {};
};
