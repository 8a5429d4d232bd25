import { type Kind, kinds } from '../../domain/entities.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import type { Parts } from './figures.ts';
import { activePosition, among, Query } from './query.ts';

/** The basis of the baseline that a scenario stands on: at its pin, on the same date, under the same settings. */
export const baselineOf = (basis: Basis): Basis => ({ ...basis, branch: 0, scenario_id: null, position: basis.pin });

/** The condition that a row of a version table is the scenario's own and in force; $1 to $3 are tenant, branch and position. */
const own = 'tenant = $1::int and branch = $2::bigint and from_position <= $3::bigint and to_position > $3::bigint';

/** A difference of more things than these costs more to count than the organisation, and their ids are no load for a process. */
const MOST_PARTS = 20_000;

/** Ids of the things that a scenario's overlay holds at the position, on any date; undefined when they are too many to go by. */
export const overlaid = async (sql: Sql, basis: Basis): Promise<Record<Kind, string[]> | undefined> => {
  const found = Object.fromEntries(kinds.map((k) => [k, [] as string[]])) as Record<Kind, string[]>;
  const rows = await sql.query<{ kind: Kind; id: string }>(
    kinds.map((k) => `(select distinct '${k}' as kind, id from ${k}_version where ${own} limit ${MOST_PARTS + 1})`).join(' union all '),
    [basis.tenant, basis.branch, basis.position],
  );
  if (rows.length > MOST_PARTS) return undefined;
  for (const row of rows) found[row.kind].push(row.id);
  return found;
};

/** How many things of each kind the overlay holds. */
export const overlaidCounts = async (sql: Sql, basis: Basis): Promise<Record<Kind, number>> => {
  const [row] = await sql.query<Record<Kind, number>>(
    `select ${kinds.map((k) => `(select count(distinct id)::int from ${k}_version where ${own}) as ${k}`).join(', ')}`,
    [basis.tenant, basis.branch, basis.position],
  );
  return row as Record<Kind, number>;
};

/** The next ids of one kind that the overlay holds, in their order, after one of them or from the first on. */
export const overlaidAfter = async (sql: Sql, basis: Basis, kind: Kind, after: string | undefined, limit: number): Promise<string[]> => {
  const rows = await sql.query<{ id: string }>(
    `select distinct id from ${kind}_version where ${own} and ($4::uuid is null or id > $4::uuid) order by id limit $5::int`,
    [basis.tenant, basis.branch, basis.position, after ?? null, limit],
  );
  return rows.map((r) => r.id);
};

/** What the solid lines are made of: what a position and a unit say of them on a date, as text over the alias `v`. */
const lines = {
  position: {
    columns: ['id', 'unit_id', 'reporting', 'manager_id', 'status'],
    told: `row(v.id, v.unit_id, v.reporting, v.manager_id, coalesce(${activePosition('v')}, false))`,
  },
  org_unit: { columns: ['id', 'parent_id', 'head_id'], told: 'row(v.id, v.parent_id, v.head_id)' },
} as const;

/**
 * Whether the solid lines of a scenario are those of the baseline below it on the date, so that their shape is the same: of every
 * position and unit it touches, what the lines are made of is as it was. False also where it touches too many to tell.
 */
export const keepsLines = async (sql: Sql, basis: Basis): Promise<boolean> => {
  const touched = await overlaid(sql, basis);
  if (!touched) return false;
  for (const kind of ['org_unit', 'position'] as const) {
    if (touched[kind].length === 0) continue;
    const told = (side: Basis) => {
      const q = new Query(side);
      const set = q.effective(kind, { columns: lines[kind].columns, where: among(q, 'id', touched[kind])! });
      return q.run(sql, `select ${lines[kind].told}::text as told from ${set} v order by v.id`);
    };
    if (JSON.stringify(await told(basis)) !== JSON.stringify(await told(baselineOf(basis)))) return false;
  }
  return true;
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
