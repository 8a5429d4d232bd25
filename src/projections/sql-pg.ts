import type pg from 'pg';
import { CopyIn } from './copy-in.ts';
import type { Sql } from './sql.ts';

const isCopy = /^\s*copy\s[^;]*\sfrom\s+stdin\s*$/i;

const run = async <Row>(client: pg.ClientBase, text: string, values: readonly unknown[]): Promise<Row[]> => {
  if (!isCopy.test(text)) return (await client.query(text, values as unknown[])).rows as Row[];
  const copy = new CopyIn(text, String(values[0] ?? ''));
  client.query(copy);
  await copy.done;
  return [];
};

/** A transaction that is open already: everything inside runs in it, and a nested `transaction` is a savepoint. */
const inside = (client: pg.ClientBase, depth: number): Sql => ({
  query: (text, values = []) => run(client, text, values),
  transaction: async (work) => {
    const name = `nested_${depth}`;
    await client.query(`savepoint ${name}`);
    try {
      const result = await work(inside(client, depth + 1));
      await client.query(`release savepoint ${name}`);
      return result;
    } catch (error) {
      await client.query(`rollback to savepoint ${name}`);
      throw error;
    }
  },
});

const begun = async <T>(client: pg.ClientBase, work: (sql: Sql) => Promise<T>, lost: () => void = () => {}): Promise<T> => {
  await client.query('begin isolation level read committed');
  try {
    const result = await work(inside(client, 0));
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is gone, and the transaction with it; the first error says why.
    await client.query('rollback').catch(lost);
    throw error;
  }
};

/** The read model's SQL on one connection, which the caller opens and ends: for what needs a session of its own, such as its locks. */
export const sqlOnClient = (client: pg.ClientBase): Sql => ({
  query: (text, values = []) => run(client, text, values),
  transaction: (work) => begun(client, work),
});

/** The read model's SQL on a pool: the one behind MikroORM, whose types give bigint, numeric, dates and times as text. */
export const sqlOnPool = (pool: pg.Pool): Sql => {
  const lent = async <T>(work: (client: pg.PoolClient, lost: () => void) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let ruined = false;
    try {
      return await work(client, () => {
        ruined = true;
      });
    } finally {
      client.release(ruined);
    }
  };
  return {
    query: (text, values = []) => lent((client) => run(client, text, values)),
    transaction: (work) => lent((client, lost) => begun(client, work, lost)),
  };
};
