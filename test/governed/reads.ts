import type { Sql } from '../../src/projections/sql.ts';

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Node[];
}

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
  const walk = (node: Node): void => {
    const table = node['Relation Name'];
    if (table && node['Actual Loops'] > 0) {
      const read = Math.round(
        (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'],
      );
      reads.rows += read;
      if (node['Node Type'].includes('Seq Scan')) reads.whole.set(table, (reads.whole.get(table) ?? 0) + read);
    }
    for (const below of node.Plans ?? []) walk(below);
  };
  const wrap = (on: Sql): Sql => ({
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const rows = await on.query<Row>(text, values);
      if (/^\s*(select|with)/i.test(text)) {
        const [row] = await on.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(`explain (analyze, format json) ${text}`, values);
        const before = reads.rows;
        walk((row as { 'QUERY PLAN': [{ Plan: Node }] })['QUERY PLAN'][0].Plan);
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
