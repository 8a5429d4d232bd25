import { kinds } from '../domain/entities.ts';
import type { Place } from './live-versions.ts';
import type { Sql } from './sql.ts';

/**
 * Those of the ids that a recorded change of any branch is about, in force or not. The changes are found by their primary key
 * (tenant, branch, kind, id, …): in the baseline by each kind and id, in each scenario by all of them at once, since it holds few
 * changes. `limit` and the inner `distinct` keep it so: a plain join could be turned round to read all changes of the tenant.
 * What the branch in question recorded after the position is left out: a decision there is refused for having moved, and is no
 * second use where it was this very one.
 */
export const usedIds = async (sql: Sql, [tenant, branch, position]: Place, ids: readonly string[]): Promise<string[]> => {
  const before = (of: string): string => `(${of} <> $2::bigint or c.position <= $3::bigint)`;
  const rows = await sql.query<{ id: string }>(
    `select t.id from unnest($5::uuid[]) t(id) cross join unnest($4::text[]) k(kind) cross join lateral (
       select from entity_change c
       where c.tenant = $1::int and c.branch = 0 and c.kind = k.kind and c.id = t.id and ${before('0')} limit 1) f
     union
     select f.id from (select distinct branch from branch_pin where tenant = $1::int) b cross join lateral (
       select distinct c.id from entity_change c
       where c.tenant = $1::int and c.branch = b.branch and c.kind = any($4::text[]) and c.id = any($5::uuid[]) and ${before('b.branch')}) f`,
    [tenant, branch, position, kinds, ids],
  );
  return rows.map((r) => r.id);
};
