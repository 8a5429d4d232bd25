import { createHash } from 'node:crypto';
import { runnerSql } from '../migrations/runner.ts';
import { searchIndexSql } from '../migrations/search.ts';
import { PROJECTION } from '../projector.ts';
import { comparedTables, readModelSql } from '../schema.ts';
import { LIVE_SCHEMA, type Sql } from '../sql.ts';

/** One filling of the read model, beside the live one. */
export interface Filling {
  generation: number;
  schema: string;
  /** False when an earlier run began it: what that one wrote is kept. */
  fresh: boolean;
}

const oneIndex = /^create index .*;$/gm;
const wholeSql = (schema: string): string => `${readModelSql(schema)}\n${runnerSql(schema)}`;
const shape = (): string => createHash('sha256').update(wholeSql('shape')).digest('hex');
const key = [PROJECTION.name, PROJECTION.version] as const;

/** Makes the indexes that a filling did without while most of its rows came; the primary keys it has from the first. */
export const indexed = (sql: Sql, { generation, schema }: Filling): Promise<void> =>
  sql.transaction(async (tx) => {
    const due = await tx.query(
      `update projection.generation set indexed = true where projection = $1 and version = $2 and generation = $3 and not indexed returning 1`,
      [...key, generation],
    );
    if (due.length === 0) return;
    for (const index of wholeSql(schema).match(oneIndex) ?? []) await tx.query(index);
    await tx.query(searchIndexSql(schema));
    await tx.query(
      `analyze ${Object.keys(comparedTables)
        .map((table) => `${schema}.${table}`)
        .join(', ')}`,
    );
  });

/**
 * The filling to work on: the one that an earlier run left when this program makes the same tables, else a new one. `tenant` null
 * fills every tenant. The caller holds the lock of rebuilds.
 */
export const takeFilling = async (sql: Sql, tenant: number | null, anew: boolean): Promise<Filling> => {
  const [left] = await sql.query<{ generation: number; schema: string; shape: string; there: boolean }>(
    `select generation, schema, shape, to_regnamespace(schema) is not null as there from projection.generation
     where projection = $1 and version = $2 and state = 'filling' and tenant is not distinct from $3::int`,
    [...key, tenant],
  );
  if (left && !anew && left.there && left.shape === shape()) return { ...left, fresh: false };
  if (left) await forget(sql, left);
  return sql.transaction(async (tx) => {
    const [last] = await tx.query<{ generation: number }>(
      'select coalesce(max(generation), 0) + 1 as generation from projection.generation where projection = $1 and version = $2',
      [...key],
    );
    const generation = last?.generation ?? 1;
    const schema = `${LIVE_SCHEMA}_g${generation}`;
    await tx.query(wholeSql(schema).replaceAll(oneIndex, ''));
    await tx.query(
      `insert into projection.generation (projection, version, generation, tenant, schema, state, shape) values ($1, $2, $3, $4, $5, 'filling', $6)`,
      [...key, generation, tenant, schema, shape()],
    );
    return { generation, schema, fresh: true };
  });
};

/** Drops a generation's tables and its record. Waits for transactions that still read it, at most `graceMs`. */
export const forget = async (sql: Sql, { generation, schema }: { generation: number; schema: string }, graceMs = 30_000): Promise<void> =>
  sql.transaction(async (tx) => {
    await tx.query(`set local lock_timeout = ${graceMs}`);
    await tx.query(`drop schema if exists ${schema} cascade`);
    await tx.query('delete from projection.proof where projection = $1 and version = $2 and generation = $3', [...key, generation]);
    await tx.query('delete from projection.generation where projection = $1 and version = $2 and generation = $3', [...key, generation]);
  });

/**
 * Drops the generations that were replaced, as soon as nobody reads them. A transaction that still does after the grace time
 * keeps its tables; the next rebuild drops them then.
 * @returns the schemas that still stand
 */
export const dropRetired = async (sql: Sql, graceMs?: number): Promise<string[]> => {
  const left: string[] = [];
  for (const gone of await retired(sql))
    await forget(sql, gone, graceMs).catch((error: unknown) => {
      if ((error as { code?: string }).code !== '55P03') throw error;
      left.push(gone.schema);
    });
  return left;
};

const retired = (sql: Sql): Promise<{ generation: number; schema: string }[]> =>
  sql.query(`select generation, schema from projection.generation where projection = $1 and version = $2 and state = 'retired'`, [...key]);
