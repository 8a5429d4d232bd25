import type { Sql } from '../../src/projections/sql.ts';

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

export interface Reading {
  /** Rows that scans of tables looked at, over all statements: those given and those thrown away. */
  rows: number;
  /** Statements that read a table. */
  statements: number;
  /** Tables that were read from end to end, with the rows read there. */
  scanned: Record<string, number>;
}

/** Adds up what a plan read; true when it read any table. */
const visit = (node: PlanNode, reading: Reading): boolean => {
  const table = node['Relation Name'];
  if (table) {
    const each = (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    const rows = Math.round(each * (node['Actual Loops'] ?? 1));
    reading.rows += rows;
    if (node['Node Type'] === 'Seq Scan' && rows > 0) reading.scanned[table] = (reading.scanned[table] ?? 0) + rows;
  }
  return (node.Plans ?? []).map((child) => visit(child, reading)).includes(true) || table !== undefined;
};

/**
 * The same SQL, watched: every reading statement is also explained with EXPLAIN ANALYZE, and what its scans read is added up.
 * Writes pass unwatched.
 */
export const readingSql = (sql: Sql): { sql: Sql; reading: Reading; reset(): void } => {
  const reading: Reading = { rows: 0, statements: 0, scanned: {} };
  const watch = (inner: Sql): Sql => ({
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      if (/^\s*(select|with)\b/i.test(text)) {
        const [row] = await inner.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
          `explain (analyze, timing off, format json) ${text}`,
          values,
        );
        if (row && visit(row['QUERY PLAN'][0].Plan, reading)) reading.statements += 1;
      }
      return inner.query<Row>(text, values);
    },
    transaction: (work) => inner.transaction((tx) => work(watch(tx))),
  });
  return {
    sql: watch(sql),
    reading,
    reset: () => {
      reading.rows = 0;
      reading.statements = 0;
      reading.scanned = {};
    },
  };
};
