import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { containing, type Filter, Query } from './query.ts';

export interface Hit {
  kind: 'org_unit' | 'position' | 'actor';
  id: string;
  /** Name, title or external uid: what the thing is called. */
  label: string;
  /** Which field matched. */
  field: string;
  status: string;
  /** 0 the same text, 1 begins with it, 2 holds it. */
  rank: number;
}

export type Searched = Hit['kind'];

const parts: { kind: Searched; field: string; label: string }[] = [
  { kind: 'org_unit', field: 'name', label: 'name' },
  { kind: 'org_unit', field: 'code', label: 'name' },
  { kind: 'position', field: 'title', label: 'title' },
  { kind: 'position', field: 'source_id', label: 'title' },
  { kind: 'actor', field: 'external_uid', label: 'external_uid' },
];

/**
 * Finds units, positions and actors whose name, title, code, source id or external uid holds a text, ignoring case; best match
 * first, then by label and id. Persons' names are searched only when `personal` is given (callers check actors.personal.read).
 * Found by index from three letters on where the server has pg_trgm; else this reads the columns of the whole effective set once.
 */
export const search = async (
  sql: Sql,
  basis: Basis,
  args: { text: string; kinds: readonly Searched[]; personal: boolean; limit: number },
): Promise<{ hits: Hit[]; total: number }> => {
  const q = new Query(basis);
  const text = `lower(${q.value(args.text.trim(), 'text')})`;
  // The form that an index of trigrams answers; signs of patterns are text here.
  const pattern = `lower(${q.value(containing(args.text.trim()), 'text')})`;
  const holds =
    (field: string): Filter =>
    (a) =>
      `lower(${a}.${field}) like ${pattern}`;
  const rank = (column: string) => `case strpos(lower(${column}), ${text}) when 1 then (lower(${column}) <> ${text})::int else 2 end`;
  const selects = parts
    .filter((p) => args.kinds.includes(p.kind))
    .map(
      ({ kind, field, label }) => `
    select '${kind}' as kind, v.id, v.${label} as label, '${field}' as field, v.status, ${rank(`v.${field}`)} as rank
    from ${q.effective(kind, { columns: [...new Set(['id', 'status', label, field])], where: holds(field) })} v`,
    );
  if (args.personal && args.kinds.includes('actor'))
    selects.push(`
    select 'actor', v.id, v.name, 'name', a.status, ${rank('v.name')}
    from ${q.effective('actor_personal', { columns: ['id', 'name'], where: holds('name') })} v
    cross join lateral ${q.effective('actor', { columns: ['status'], where: (a) => `${a}.id = v.id` })} a`);
  const rows = await q.run<Hit & { total: number }>(
    sql,
    `
    with found as (select distinct on (kind, id) * from (${selects.join(' union all ')}) f order by kind, id, rank)
    select *, (count(*) over ())::int as total from found order by rank, (status in ('closed', 'exited')), lower(label) collate "C", kind, id limit ${q.value(args.limit, 'int')}`,
  );
  return { hits: rows.map(({ total: _, ...hit }) => hit), total: rows[0]?.total ?? 0 };
};
