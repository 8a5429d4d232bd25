import type { Kind } from '../../domain/entities.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { among, Query } from './query.ts';

const labels: Partial<Record<Kind, string>> = { org_unit: 'name', position: 'title', actor: 'external_uid' };

/**
 * What to call some things on the basis: id -> name of a unit, title of a position, external uid of an actor. With `personal`, an
 * actor's name where it has one. A thing that does not exist on the date is called by its latest version.
 */
export const namesOf = async (
  sql: Sql,
  basis: Basis,
  kind: Kind,
  ids: readonly (string | null | undefined)[],
  personal = false,
): Promise<Map<string, string>> => {
  const wanted = [...new Set(ids.filter((i): i is string => typeof i === 'string'))];
  const label = labels[kind];
  if (wanted.length === 0 || !label) return new Map();
  const q = new Query(basis);
  const on = q.value(basis.effective_on, 'date');
  const nearest = `order by v.id, (v.effective_from <= ${on} and v.effective_to > ${on}) desc, v.effective_from desc`;
  const rows = await q.run<{ id: string; label: string | null }>(
    sql,
    `
    select distinct on (v.id) v.id, v.${label} as label from ${q.effective(kind, { when: 'ever', where: among(q, 'id', wanted)!, columns: ['id', label, 'effective_from', 'effective_to'] })} v ${nearest}`,
  );
  const names = new Map(rows.flatMap((r) => (r.label === null ? [] : [[r.id, r.label] as const])));
  if (kind === 'actor' && personal) for (const [id, name] of await personNames(sql, basis, wanted)) names.set(id, name);
  return names;
};

/** Names of persons by actor id; callers check actors.personal.read. */
const personNames = async (sql: Sql, basis: Basis, ids: readonly string[]): Promise<Map<string, string>> => {
  const q = new Query(basis);
  const rows = await q.run<{ id: string; name: string | null }>(
    sql,
    `
    select distinct on (v.id) v.id, v.name from ${q.effective('actor_personal', { when: 'ever', where: among(q, 'id', ids)!, columns: ['id', 'name', 'effective_from'] })} v
    order by v.id, (v.effective_from <= ${q.value(basis.effective_on, 'date')}) desc, v.effective_from desc`,
  );
  return new Map(rows.flatMap((r) => (r.name === null ? [] : [[r.id, r.name] as const])));
};
