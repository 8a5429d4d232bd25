import type { Sql } from '../../src/projections/sql.ts';
import { addPlanRows, type PlanNode } from '../support/plan-rows.ts';

/** What went through a counted Sql: rows taken from tables, per table those of whole scans, and the recorded changes that came back. */
export interface Reads {
  rows: number;
  whole: Map<string, number>;
  /** Recorded changes of the things a decision loaded. */
  touched: number;
  statements: number;
  /** Statements that read more than a thousand rows. */
  heavy: string[];
}

/**
 * A Sql that runs each reading statement again under EXPLAIN ANALYZE, on the same connection and, inside a transaction, with
 * the settings made there.
 */
export const counted = (sql: Sql): { sql: Sql; reads: Reads } => {
  const reads: Reads = { rows: 0, whole: new Map(), touched: 0, statements: 0, heavy: [] };
  const wrap = (on: Sql): Sql => ({
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const rows = await on.query<Row>(text, values);
      if (/^\s*(select|with)/i.test(text)) {
        const [row] = await on.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`explain (analyze, format json) ${text}`, values);
        const before = reads.rows;
        addPlanRows(reads, (row as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan);
        if (reads.rows - before > 1000) reads.heavy.push(`${reads.rows - before} rows: ${text.replaceAll(/\s+/g, ' ')}`);
        reads.statements += 1;
        if (text.includes('join entity_change')) reads.touched += rows.length;
      }
      return rows;
    },
    transaction: (work) => on.transaction((inside) => work(wrap(inside))),
  });
  return { sql: wrap(sql), reads };
};
