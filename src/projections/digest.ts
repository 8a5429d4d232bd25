import { createHash } from 'node:crypto';
import { comparedTables } from './schema.ts';
import type { Sql } from './sql.ts';

export interface TableDigest {
  table: string;
  rows: number;
  /** SHA-256 over the SHA-256 of each row's text, in order of the primary key. */
  digest: string;
}

/** Where two read models differ first, or one contradicts itself: in which table, at which primary key, and how. Values are not told: they may be personal. */
export interface Difference {
  table: string;
  key: Record<string, string>;
  difference: 'missing' | 'added' | 'changed' | 'overlapping';
  /** The columns that differ, when the row stands in both. */
  columns: string[];
}

/** The digests of one tenant's rows in a schema, table by table. `index` and the like are quoted: they are also keywords. */
export const tableDigests = async (sql: Sql, schema: string, tenant: number): Promise<TableDigest[]> => {
  const digests: TableDigest[] = [];
  for (const [table, key] of Object.entries(comparedTables)) {
    const [row] = await sql.query<{ rows: string; digest: string }>(
      `select count(*) as rows,
         encode(sha256(coalesce(string_agg(sha256(convert_to(t::text, 'UTF8')), ''::bytea order by ${key.map((k) => `t."${k}"`).join(', ')}), ''::bytea)), 'hex') as digest
       from ${schema}.${table} t where t.tenant = $1`,
      [tenant],
    );
    digests.push({ table, rows: Number(row?.rows), digest: String(row?.digest) });
  }
  return digests;
};

/** One digest over all tables. */
export const wholeDigest = (digests: readonly TableDigest[]): string =>
  createHash('sha256')
    .update(digests.map((d) => `${d.table} ${d.rows} ${d.digest}\n`).join(''))
    .digest('hex');

/** The first row, in order of the primary key, in which `live` is not what `replayed` is; undefined when the table is equal. */
export const firstDifference = async (
  sql: Sql,
  table: string,
  live: string,
  replayed: string,
  tenant: number,
): Promise<Difference | undefined> => {
  const key = comparedTables[table] as string[];
  const [row] = await sql.query<{
    key: Record<string, unknown>;
    live: Record<string, unknown> | null;
    replayed: Record<string, unknown> | null;
  }>(
    `select json_build_object(${key.map((k) => `'${k}', coalesce(l."${k}", r."${k}")::text`).join(', ')}) as key,
       to_jsonb(l) as live, to_jsonb(r) as replayed
     from (select * from ${live}.${table} where tenant = $1) l
     full join (select * from ${replayed}.${table} where tenant = $1) r on ${key.map((k) => `l."${k}" = r."${k}"`).join(' and ')}
     where l.tenant is null or r.tenant is null or l::text <> r::text
     order by ${key.map((k) => `coalesce(l."${k}", r."${k}")`).join(', ')} limit 1`,
    [tenant],
  );
  if (!row) return undefined;
  const { live: mine, replayed: theirs } = row;
  const columns = mine && theirs ? Object.keys(theirs).filter((c) => JSON.stringify(mine[c]) !== JSON.stringify(theirs[c])) : [];
  return {
    table,
    key: Object.fromEntries(Object.entries(row.key).map(([k, v]) => [k, String(v)])),
    difference: mine ? (theirs ? 'changed' : 'added') : 'missing',
    columns,
  };
};

/**
 * The first row that says, for the same thing, branch, position and date, something beside another row. Every read would show
 * such a thing twice. No constraint keeps that out (it would make writing ten times slower), so this looks. The caller's role owns
 * the schema.
 */
export const firstOverlap = async (sql: Sql, schema: string, tenant: number): Promise<Difference | undefined> => {
  for (const [table, key] of Object.entries(comparedTables)) {
    if (!key.includes('effective_from')) continue;
    // A schema filled a moment ago has no statistics, and without them the rows of a tenant are paired each with each.
    await sql.query(`analyze ${schema}.${table}`);
    const [row] = await sql.query<Record<string, unknown>>(
      `select ${key.map((k) => `a."${k}"::text as "${k}"`).join(', ')} from ${schema}.${table} a
       join ${schema}.${table} b on b.tenant = a.tenant and b.branch = a.branch and b.id = a.id
         and (b.effective_from, b.from_position) > (a.effective_from, a.from_position)
         and b.from_position < a.to_position and a.from_position < b.to_position
         and b.effective_from < a.effective_to and a.effective_from < b.effective_to
       where a.tenant = $1 order by ${key.map((k) => `a."${k}"`).join(', ')} limit 1`,
      [tenant],
    );
    if (row)
      return {
        table,
        key: Object.fromEntries(Object.entries(row).map(([k, v]) => [k, String(v)])),
        difference: 'overlapping',
        columns: [],
      };
  }
  return undefined;
};
