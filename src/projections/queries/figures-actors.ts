import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { actorLeaves } from './actor-leaves.ts';
import type { Numbers, Parts } from './figures.ts';
import { roundHalfEven } from './money-sql.ts';
import { Query } from './query.ts';
import { decimalsOf, type RateTables } from './rates.ts';

/** Who is placed, by kind, and their pay per head (by the rates of the unit of their primary placement). Leaf: the actor. */
export const actorFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const scale = decimalsOf(basis.settings.currency);
  const [row] = await q.run<Numbers>(
    sql,
    `
    with ${actorLeaves(q, rates, parts)}
    select count(*) filter (where kind = 'human')::text as headcount,
      count(*) filter (where kind = 'human' and employment_type = 'contractor')::text as contractors,
      count(*) filter (where kind = 'robot')::text as robots, count(*) filter (where kind = 'ai_agent')::text as ai_agents,
      count(*)::text as placed_actors,
      (select sum(${roundHalfEven('base', scale)}) from pay)::text as actual_base, (select count(base) from pay)::text as actual_with_pay
    from who`,
  );
  return row ?? {};
};
