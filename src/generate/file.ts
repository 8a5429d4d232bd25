import { type Column, columns, type Row, rowOf } from './rows.ts';
import type { Organisation } from './organisation.ts';

/** Characters of one part of a file. */
const PART = 64 * 1024;

/** Changes rows on their way into a file: may give one row, or more. */
export type RowFilter = (row: Row, i: number) => readonly Row[];

/** The columns a file of an organisation has: without names where nobody has one, since a column that is there and empty would empty a name. */
export const columnsOf = (o: Organisation): readonly Column[] =>
  o.settings.names ? columns : columns.filter((c) => c !== 'holder_name' && c !== 'holder_email');

/** The file of an organisation, part by part: no cell needs quotes, lines end with a line feed. */
export function* fileOf(o: Organisation, filter?: RowFilter): Generator<string> {
  const heads = columnsOf(o);
  let part = `${heads.join(',')}\n`;
  const line = (row: Row) => {
    part += `${heads.map((c) => row[c]).join(',')}\n`;
  };
  for (let i = 0; i < o.size; i++) {
    const row = rowOf(o, i);
    if (filter) for (const r of filter(row, i)) line(r);
    else line(row);
    if (part.length < PART) continue;
    yield part;
    part = '';
  }
  if (part !== '') yield part;
}
