import type { CellReader } from './cells.ts';
import type { Column, Layout } from './columns.ts';
import { type CsvTable, cellsAt } from './csv.ts';
import { type DateOrder, dateOrder, readDate } from './values.ts';

/**
 * Reads the dates of a file: ISO, or day and month in the order that was said (`given`), else in the order that the column proves. A date that
 * reads two ways in an order nobody knows is a finding.
 */
export const dateColumns = (cell: CellReader, table: CsvTable, layout: Layout, given?: DateOrder): ((column: Column) => string | null) => {
  const orders = new Map<Column, DateOrder | undefined>();
  return (column) => {
    const at = layout.at[column];
    if (at === undefined) return null;
    if (given === undefined && !orders.has(column)) orders.set(column, dateOrder(cellsAt(table, at)));
    return cell.read(column, (text) => readDate(text, given ?? orders.get(column)));
  };
};
