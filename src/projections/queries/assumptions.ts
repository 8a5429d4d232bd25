import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { Query } from './query.ts';

export interface AssumptionRow {
  id: string;
  name: string;
  scope: string;
  scope_ref: string | null;
  /** Decimal text. */
  value: string;
  effective_from: string;
}

/** The assumptions in force on a date, in the order in which they were made (ids are in order of time): of two equal ones the last wins. */
export const assumptionsOn = (sql: Sql, basis: Basis): Promise<AssumptionRow[]> => {
  const q = new Query(basis);
  return q.run(
    sql,
    `select a.id, a.name, a.scope, a.scope_ref, a.value::text as value, a.effective_from::text
    from ${q.effective('assumption')} a where a.status = 'active' and a.value is not null order by a.id`,
  );
};
