import { MikroORM } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { readEntities } from './entities.ts';
import { LIVE_SCHEMA, type Sql } from './sql.ts';
import { sqlOnPool } from './sql-pg.ts';

export interface OrmSettings {
  /** Most connections of the pool; 10 unless given. */
  poolMax?: number;
  /** The schema that unqualified names mean; the live read model unless given. */
  schema?: string;
}

export interface OpenOrm {
  orm: MikroORM;
  sql: Sql;
  /** MikroORM's own pool, for what needs a connection to itself. */
  pool: Pool;
  close(): Promise<void>;
}

/**
 * Opens the read model: MikroORM with a pool of its own, whose connections find the tables without a schema name. The role is
 * the one of `url`. Rejects when the database does not answer.
 */
export const openOrm = async (url: string, settings: OrmSettings = {}): Promise<OpenOrm> => {
  const schema = settings.schema ?? LIVE_SCHEMA;
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: readEntities,
    pool: { min: 0, max: settings.poolMax ?? 10 },
    // Sent with the connection itself, so that no query can come before it.
    driverOptions: { options: `-c search_path=${schema} -c timezone=UTC`, application_name: 'orgonaut-read' },
    discovery: { warnWhenNoEntities: false },
    forceUtcTimezone: true,
  });
  const pool = await orm.em.getDriver().getConnection().getNativeClient();
  return { orm, sql: sqlOnPool(pool), pool, close: () => orm.close(true) };
};
