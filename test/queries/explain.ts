import type { Sql } from '../../src/projections/sql.ts';
import { addPlanRows, type PlanNode } from '../support/plan-rows.ts';

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
  for (const { text, values, settings } of ran) {
    if (!/^\s*(select|with)/i.test(text)) continue;
    const [row] = await sql.transaction(async (tx) => {
      for (const setting of settings) await tx.query(setting);
      return tx.query<{ 'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number }] }>(`explain (analyze, format json) ${text}`, values);
    });
    const [plan] = (row as { 'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number }] })['QUERY PLAN'];
    read.ms += plan['Execution Time'];
    read.statements += 1;
    addPlanRows(read, plan.Plan);
  }
  return read;
};
