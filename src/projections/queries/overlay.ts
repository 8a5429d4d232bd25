import { type Kind, kinds } from '../../domain/entities.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import type { Parts } from './figures.ts';
import { among, Query } from './query.ts';

/** The basis of the baseline that a scenario stands on: at its pin, on the same date, under the same settings. */
export const baselineOf = (basis: Basis): Basis => ({ ...basis, branch: 0, scenario_id: null, position: basis.pin });

/** Ids of the things that a scenario's overlay holds at the position, on any date. Empty for the baseline. */
export const overlaid = async (sql: Sql, basis: Basis): Promise<Record<Kind, string[]>> => {
  const found = Object.fromEntries(kinds.map((k) => [k, [] as string[]])) as Record<Kind, string[]>;
  if (basis.branch === 0) return found;
  const rows = await sql.query<{ kind: Kind; id: string }>(
    kinds
      .map(
        (k) =>
          `select distinct '${k}' as kind, id from ${k}_version where tenant = $1::int and branch = $2::bigint and from_position <= $3::bigint and to_position > $3::bigint`,
      )
      .join(' union all '),
    [basis.tenant, basis.branch, basis.position],
  );
  for (const row of rows) found[row.kind].push(row.id);
  return found;
};

/** What overlaid things refer to by a field, in the branch and in the baseline below it, on any date. */
const referred = async (sql: Sql, basis: Basis, kind: Kind, field: string, by: string, ids: readonly string[]): Promise<string[]> => {
  if (ids.length === 0) return [];
  const found = new Set<string>();
  for (const side of [basis, baselineOf(basis)]) {
    const q = new Query(side);
    for (const row of await q.run<{ ref: string | null }>(
      sql,
      `select distinct v.${field} as ref from ${q.effective(kind, { when: 'ever', columns: [field], where: among(q, by, ids)! })} v`,
    ))
      if (row.ref) found.add(row.ref);
  }
  return [...found];
};

const union = (...lists: readonly string[][]): string[] => [...new Set(lists.flat())];

/**
 * The things whose contribution to a figure can differ between a scenario and the baseline below it. Besides the overlaid ones: a
 * placement decides whether its position is vacant and its actor counted; an actor or a pay decides what its placements cost.
 */
export const affected = async (sql: Sql, basis: Basis, touched: Record<Kind, string[]>): Promise<Parts> => {
  const paid = await referred(sql, basis, 'compensation', 'actor_id', 'id', touched.compensation);
  const carriers = union(touched.actor, paid);
  const placements = union(touched.placement, await referred(sql, basis, 'placement', 'id', 'actor_id', carriers));
  return {
    org_units: touched.org_unit,
    positions: union(touched.position, await referred(sql, basis, 'placement', 'position_id', 'id', touched.placement)),
    placements,
    actors: union(carriers, await referred(sql, basis, 'placement', 'actor_id', 'id', touched.placement)),
  };
};
