import { CsvError, parse } from 'csv-parse/sync';
import { refuse } from '../domain/codes.ts';
import { memoryScratch, type OpenScratch } from './scratch.ts';
import { type Codec, Spool } from './spool.ts';

export interface CsvRow {
  /** The line of the user's file on which the row begins; the header is line 1 unless blank lines stand before it. */
  line: number;
  cells: string[];
}

/** A list that is walked, as often as needed, rather than held. */
export interface Walked<T> extends Iterable<T> {
  readonly length: number;
}

export interface CsvTable {
  delimiter: string;
  header: string[];
  rows: Walked<CsvRow>;
}

/** The cells of one column, row by row. */
export function* cellsAt(table: CsvTable, at: number): Generator<string> {
  for (const { cells } of table.rows) yield cells[at] ?? '';
}

/** A row as it is kept: its cells, then its line. */
const rowCodec: Codec<CsvRow> = {
  encode: ({ line, cells }) => [...cells, line],
  decode: (kept: (string | number)[]) => ({ line: kept.pop() as number, cells: kept as string[] }),
};

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

/** Most characters that are read as CSV at once. */
const PIECE = 1 << 20;

/** The first line break that stands outside quotes: the one that ends a record in the whole file. */
const recordEnd = (text: string): '\r\n' | '\n' | '\r' | undefined => {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') quoted = !quoted;
    else if (!quoted && c === '\n') return '\n';
    else if (!quoted && c === '\r') return text[i + 1] === '\n' ? '\r\n' : '\r';
  }
  return undefined;
};

const quotes = (text: string): number => {
  let n = 0;
  for (let i = text.indexOf('"'); i >= 0; i = text.indexOf('"', i + 1)) n++;
  return n;
};

/** Where the last record of a text ends that ends in it: after a line break outside quotes. 0 where none does. */
const lastRecordEnd = (text: string, end: string): number => {
  let after = quotes(text);
  for (let i = text.length; i >= 0; ) {
    const at = text.lastIndexOf(end, i - 1);
    if (at < 0 || i === 0) return 0;
    after -= quotes(text.slice(at, i));
    if (after % 2 === 0) return at + end.length;
    i = at;
  }
  return 0;
};

/** Cuts a text at ends of records into pieces that are read one by one. */
function* records(chunks: Iterable<string>, piece: number): Generator<{ text: string; end: string }> {
  let rest = '';
  let end: string | undefined;
  let least = piece;
  for (const chunk of chunks) {
    rest += chunk;
    if (rest.length < least) continue;
    // A carriage return at the very end may be half of a line break.
    end ??= recordEnd(rest.endsWith('\r') ? rest.slice(0, -1) : rest);
    const cut = end === undefined ? 0 : lastRecordEnd(rest, end);
    // A record longer than a piece, as behind a quote that is not closed: looked at again when twice as much is there.
    least = cut === 0 ? 2 * rest.length : piece;
    if (cut === 0) continue;
    yield { text: rest.slice(0, cut), end: end as string };
    rest = rest.slice(cut);
  }
  yield { text: rest, end: end ?? recordEnd(rest) ?? '\n' };
}

/**
 * Reads a delimited text, given as a whole or in chunks. Cells are text, trimmed of blanks around them; rows of blanks only are left out. Every row
 * keeps the line on which it begins, cells with line breaks included. Refuses with ROW_INVALID, naming the line, what no CSV reader can make sense of.
 */
export const parseCsv = (given: string | Iterable<string>, scratch: OpenScratch = memoryScratch, piece = PIECE): CsvTable => {
  const rows = new Spool(scratch, rowCodec);
  let delimiter = ',';
  let header: string[] | undefined;
  // The reader tells the line on which a record ends; the record before it tells where this one began.
  let next = 1;
  const take = (record: string[]): null => {
    const line = next;
    next += 1 + record.reduce((n, cell) => n + breaks(cell), 0);
    const cells = record.map((cell) => cell.trim());
    if (cells.every((c) => c === '')) return null;
    if (header) rows.push({ line, cells });
    else header = cells;
    return null;
  };
  for (const { text, end } of records(typeof given === 'string' ? [given] : given, piece)) {
    if (!header) delimiter = detectDelimiter(text);
    const first = next;
    try {
      parse(text, {
        delimiter,
        record_delimiter: end,
        relax_column_count: true,
        skip_empty_lines: false,
        bom: first === 1,
        on_record: take,
      });
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const of = (error as unknown as { lines?: number }).lines;
      const line = of === undefined ? undefined : of + first - 1;
      throw refuse(
        'ROW_INVALID',
        `the file cannot be read as CSV near line ${line ?? '?'}: a quote is not closed or stands in a wrong place`,
        {
          wayOut: 'Save the file as CSV again, or close the quote on that line.',
        },
        { line },
      );
    }
  }
  if (!header) throw refuse('INPUT_INVALID', 'the file is empty', { wayOut: 'Give a CSV file with a header and at least one row.' });
  return { delimiter, header, rows };
};
