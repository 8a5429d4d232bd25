import { CsvError, parse } from 'csv-parse/sync';
import { refuse } from '../domain/codes.ts';
import { sharing } from './sharing.ts';

export interface CsvRow {
  /** The line of the user's file on which the row begins; the header is line 1 unless blank lines stand before it. */
  line: number;
  cells: string[];
}

export interface CsvTable {
  delimiter: string;
  header: string[];
  rows: CsvRow[];
}

const delimiters = [',', ';', '\t', '|'] as const;

/** Counts the delimiters of the header that stand outside quotes. */
const outsideQuotes = (line: string, delimiter: string): number => {
  let quoted = false;
  let count = 0;
  for (const c of line)
    if (c === '"') quoted = !quoted;
    else if (c === delimiter && !quoted) count++;
  return count;
};

/** The delimiter that splits the header into most columns; a comma where none stands in it. */
export const detectDelimiter = (text: string): string => {
  const header = text.split(/\r\n|\n|\r/, 50).find((l) => l.trim() !== '') ?? '';
  return delimiters.reduce<string>((best, d) => (outsideQuotes(header, d) > outsideQuotes(header, best) ? d : best), ',');
};

const breaks = (text: string): number => {
  let n = 0;
  for (let i = 0; i < text.length; i++) if (text[i] === '\n' || (text[i] === '\r' && text[i + 1] !== '\n')) n++;
  return n;
};

/**
 * Reads a delimited text. Cells are text, trimmed of blanks around them; rows of blanks only are left out. Every row keeps the line on
 * which it begins, cells with line breaks included. Refuses with ROW_INVALID, naming the line, what no CSV reader can make sense of.
 */
export const parseCsv = (text: string): CsvTable => {
  const delimiter = detectDelimiter(text);
  const rows: CsvRow[] = [];
  // The reader tells the line on which a record ends; the record before it tells where this one began.
  let next = 1;
  // Rows are taken as they come: a list of raw records beside them would double the memory of a large file.
  const take = (record: string[]): null => {
    const line = next;
    next += 1 + record.reduce((n, cell) => n + breaks(cell), 0);
    const cells = record.map((cell) => shared(cell.trim()));
    if (cells.some((c) => c !== '')) rows.push({ line, cells });
    return null;
  };
  const shared = sharing();
  try {
    parse(text, { delimiter, relax_column_count: true, skip_empty_lines: false, bom: true, on_record: take });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = (error as unknown as { lines?: number }).lines;
    throw refuse(
      'ROW_INVALID',
      `the file cannot be read as CSV near line ${line ?? '?'}: a quote is not closed or stands in a wrong place`,
      {
        wayOut: 'Save the file as CSV again, or close the quote on that line.',
      },
      { line },
    );
  }
  const header = rows.shift();
  if (!header) throw refuse('INPUT_INVALID', 'the file is empty', { wayOut: 'Give a CSV file with a header and at least one row.' });
  return { delimiter, header: header.cells, rows };
};
