import { CompiledQuery, type Kysely } from 'kysely';
import type { Sql } from './sql.ts';

type Client = Kysely<Record<string, never>>;

/** A transaction that is open already: everything inside runs in it, and a nested `transaction` is a savepoint. */
const inside = (client: Client, depth: number): Sql => ({
  query: async <Row>(text: string, values: readonly unknown[] = []) =>
    (await client.executeQuery(CompiledQuery.raw(text, values as unknown[]))).rows as Row[],
  transaction: async (work) => {
    const name = `nested_${depth}`;
    await client.executeQuery(CompiledQuery.raw(`savepoint ${name}`));
    try {
      const result = await work(inside(client, depth + 1));
      await client.executeQuery(CompiledQuery.raw(`release savepoint ${name}`));
      return result;
    } catch (error) {
      await client.executeQuery(CompiledQuery.raw(`rollback to savepoint ${name}`));
      throw error;
    }
  },
});

/**
 * The read model's SQL on MikroORM's Kysely: `client` is `em.getKysely()`. Parameters go to the server as they are ($1, arrays
 * included). bigint, numeric, date and timestamptz come back as text, json as values.
 */
export const sqlOn = (client: Client): Sql => ({
  query: async <Row>(text: string, values: readonly unknown[] = []) =>
    (await client.executeQuery(CompiledQuery.raw(text, values as unknown[]))).rows as Row[],
  transaction: (work) =>
    client
      .transaction()
      .setIsolationLevel('read committed')
      .execute((trx) => work(inside(trx as unknown as Client, 0))),
});
