import { type Field, fields, type Kind, kinds, type Values, type Value } from '../../domain/entities.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { among, Query } from './query.ts';

/** One version of a thing: whole values that hold in a half-open range of dates ('infinity': no end). */
export interface VersionRow {
  id: string;
  effective_from: string;
  effective_to: string;
  /** The event position that wrote this version. */
  from_position: number;
  values: Values;
}

/** The whole timelines of some things of one kind on the basis, by id, oldest version first. */
export const timelinesOf = async (sql: Sql, basis: Basis, kind: Kind, ids: readonly string[]): Promise<Map<string, VersionRow[]>> => {
  if (ids.length === 0) return new Map();
  const q = new Query(basis);
  const names = Object.entries(fields[kind] as Record<string, Field>);
  const rows = await q.run<Record<string, Value>>(
    sql,
    `
    select v.id, v.effective_from::text, v.effective_to::text, v.from_position::float8 as from_position,
      ${names.map(([name, f]) => (f.type === 'boolean' ? `v.${name}` : `v.${name}::text as ${name}`)).join(', ')}
    from ${q.effective(kind, { when: 'ever', where: among(q, 'id', ids)! })} v order by v.id, v.effective_from`,
  );
  const versions = rows.map(
    ({ id, effective_from, effective_to, from_position, ...values }): VersionRow => ({
      id: id as string,
      effective_from: effective_from as string,
      effective_to: effective_to as string,
      from_position: Number(from_position),
      values,
    }),
  );
  return Map.groupBy(versions, (v) => v.id);
};

/** The kind of a thing on the basis, or undefined when there is none with this id. */
export const kindOfThing = async (sql: Sql, basis: Basis, id: string): Promise<Kind | undefined> => {
  const q = new Query(basis);
  const [row] = await q.run<{ kind: Kind }>(
    sql,
    kinds
      .map(
        (kind) =>
          `select '${kind}' as kind from ${q.effective(kind, { when: 'ever', columns: ['id'], where: (a) => `${a}.id = ${q.value(id, 'uuid')}` })} x`,
      )
      .join(' union '),
  );
  return row?.kind;
};

/** The personal fields of an actor on the date, or its earliest later ones; callers check actors.personal.read. */
export const personOf = async (sql: Sql, basis: Basis, id: string): Promise<Record<string, string | null> | undefined> => {
  const q = new Query(basis);
  const on = q.value(basis.effective_on, 'date');
  const [row] = await q.run<Record<string, string | null>>(
    sql,
    `
    select v.name, v.email, v.birth_date, v.gender from ${q.effective('actor_personal', { when: 'ever', where: (a) => `${a}.id = ${q.value(id, 'uuid')}` })} v
    order by (v.effective_from <= ${on} and v.effective_to > ${on}) desc, v.effective_from limit 1`,
  );
  return row;
};

/** Ids of the things of a kind that refer to a thing by a field on the date and are in a status, with their number. */
export const referring = async (
  sql: Sql,
  basis: Basis,
  kind: Kind,
  field: string,
  id: string,
  statuses: readonly string[],
  limit: number,
): Promise<{ ids: string[]; total: number }> => {
  const q = new Query(basis);
  const rows = await q.run<{ id: string; total: number }>(
    sql,
    `
    select v.id, (count(*) over ())::int as total from ${q.effective(kind, { columns: ['id', 'status'], where: (a) => `${a}.${field} = ${q.value(id, 'uuid')}` })} v
    where v.status = any(${q.value(statuses, 'text[]')}) order by v.id limit ${q.value(limit, 'int')}`,
  );
  return { ids: rows.map((r) => r.id), total: rows[0]?.total ?? 0 };
};
