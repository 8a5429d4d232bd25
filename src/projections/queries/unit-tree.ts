import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { Query } from './query.ts';

export interface TreeUnit {
  id: string;
  parent_id: string | null;
  /** null where only something else of the unit is known on that date. */
  name: string | null;
}

/**
 * Every unit of the branch with its parent: on the date, else as it last was before, else as it first is after. So whatever names a unit on some
 * date of a year finds its place in the tree.
 */
export const unitTree = async (sql: Sql, basis: Basis): Promise<Map<string, TreeUnit>> => {
  const q = new Query(basis);
  const on = q.value(basis.effective_on, 'date');
  const rows = await q.run<TreeUnit>(
    sql,
    `select distinct on (u.id) u.id, u.parent_id, u.name
    from ${q.effective('org_unit', { when: 'ever', columns: ['id', 'parent_id', 'name', 'effective_from'] })} u
    order by u.id, (u.effective_from <= ${on}) desc, case when u.effective_from <= ${on} then u.effective_from end desc, u.effective_from`,
  );
  return new Map(rows.map((r) => [r.id, r]));
};

/** A unit and the units above it, from itself to the root; ends where a parent is unknown or the chain returns. */
export const upward = (tree: ReadonlyMap<string, TreeUnit>, id: string): string[] => {
  const chain: string[] = [];
  for (let at: string | null | undefined = id; at && !chain.includes(at); at = tree.get(at)?.parent_id) chain.push(at);
  return chain;
};
