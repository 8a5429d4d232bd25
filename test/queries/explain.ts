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

/** What running some statements read: rows taken from tables, and the tables read from end to end. */
export interface Read {
  rows: number;
  /** Table name -> rows, of sequential scans that were really run. */
  whole: Map<string, number>;
  ms: number;
  statements: number;
}

/** Every statement that `work` runs through the given Sql, run again under EXPLAIN ANALYZE with what was set for its transaction. */
export const readBy = async (sql: Sql, work: (sql: Sql) => Promise<unknown>): Promise<Read> => {
  const ran: { text: string; values: readonly unknown[]; settings: readonly string[] }[] = [];
  const recordingOn = (on: Sql, settings: string[]): Sql => ({
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      if (text.includes('set_config')) settings.push(text);
      else ran.push({ text, values, settings: [...settings] });
      return on.query<Row>(text, values);
    },
    transaction: (inside) => on.transaction((tx) => inside(recordingOn(tx, [...settings]))),
  });
  await work(recordingOn(sql, []));
  const read: Read = { rows: 0, whole: new Map(), ms: 0, statements: 0 };
  const walk = (node: Node): void => {
    const table = node['Relation Name'];
    if (table && node['Actual Loops'] > 0) {
      const rows = Math.round(
        (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'],
      );
      read.rows += rows;
      if (node['Node Type'].includes('Seq Scan')) read.whole.set(table, (read.whole.get(table) ?? 0) + rows);
    }
    for (const below of node.Plans ?? []) walk(below);
  };
  for (const { text, values, settings } of ran) {
    if (!/^\s*(select|with)/i.test(text)) continue;
    const [row] = await sql.transaction(async (tx) => {
      for (const setting of settings) await tx.query(setting);
      return tx.query<{ 'QUERY PLAN': [{ Plan: Node; 'Execution Time': number }] }>(`explain (analyze, format json) ${text}`, values);
    });
    const [plan] = (row as { 'QUERY PLAN': [{ Plan: Node; 'Execution Time': number }] })['QUERY PLAN'];
    read.ms += plan['Execution Time'];
    read.statements += 1;
    walk(plan.Plan);
  }
  return read;
};
