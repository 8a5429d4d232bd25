import type { Sql } from '../sql.ts';

/**
 * Runs a statement that counts everything, with what such a statement needs for its own transaction: memory for a hundred thousand
 * leaves, joins that read each table once (the ranges of dates in them are estimated far too narrow), and no compiler, which
 * takes longer than the count.
 */
export const counting = <T>(sql: Sql, work: (sql: Sql) => Promise<T>): Promise<T> =>
  sql.transaction(async (tx) => {
    await tx.query(
      `select set_config('work_mem', '64MB', true), set_config('jit', 'off', true), set_config('enable_nestloop', 'off', true),
        set_config('parallel_tuple_cost', '0.01', true)`,
    );
    return work(tx);
  });
