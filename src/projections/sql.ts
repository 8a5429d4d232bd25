/**
 * The read model's way to PostgreSQL: plain SQL with $1 parameters passed natively (arrays stay arrays). Built on MikroORM's
 * Kysely, so it shares its pool and its transactions. numeric and bigint come back as text except where a query casts them.
 */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs in one READ COMMITTED transaction; rolled back when `work` throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** The schema that holds the live read model of this version of the projection. A rebuild fills another beside it. */
export const LIVE_SCHEMA = 'read_v1';
