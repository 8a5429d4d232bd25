/**
 * The read model's way to PostgreSQL: plain SQL with $1 parameters passed natively (arrays stay arrays), on MikroORM's own
 * pool. bigint, numeric, date and timestamptz come back as text except where a query casts them, json as values. A statement
 * `copy … from stdin` takes its rows, in COPY's text format, as its one value.
 */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs in one READ COMMITTED transaction; rolled back when `work` throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** The schema that holds the live read model of this version of the projection. A rebuild fills another beside it. */
export const LIVE_SCHEMA = 'read_v1';
