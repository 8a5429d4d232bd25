/** A node of a plan as EXPLAIN (ANALYZE, FORMAT JSON) gives it; rows are averages over its loops. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** Adds what a plan took from tables, with the rows it threw away, to `read`; `whole`: table name -> rows of sequential scans that were really run. */
export const addPlanRows = (read: { rows: number; whole: Map<string, number> }, node: PlanNode): void => {
  const table = node['Relation Name'];
  if (table && node['Actual Loops'] > 0) {
    const rows = Math.round(
      (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'],
    );
    read.rows += rows;
    if (node['Node Type'].includes('Seq Scan')) read.whole.set(table, (read.whole.get(table) ?? 0) + rows);
  }
  for (const below of node.Plans ?? []) addPlanRows(read, below);
};
