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

/** The line that Excel writes and reads above a header: it says the delimiter, and is no row. */
const saysDelimiter = /^\s*sep=([,;\t|])[ ,;\t|]*$/i;

/** Counts the delimiters of the header that stand outside quotes. */
const outsideQuotes = (line: string, delimiter: string): number => {
  let quoted = false;
  let count = 0;
  for (const c of line)
    if (c === '"') quoted = !quoted;
    else if (c === delimiter && !quoted) count++;
  return count;
};

/** The delimiter that the first line says, or that splits the header into most columns; a comma where none stands in it. */
export const detectDelimiter = (text: string): string => {
  const header = text.split(/\r\n|\n|\r/, 50).find((l) => l.trim() !== '') ?? '';
  const said = saysDelimiter.exec(header)?.[1];
  if (said) return said;
  return delimiters.reduce<string>((best, d) => (outsideQuotes(header, d) > outsideQuotes(header, best) ? d : best), ',');
};

const breaks = (text: string): number => {
  let n = 0;
  for (let i = 0; i < text.length; i++) if (text[i] === '\n' || (text[i] === '\r' && text[i + 1] !== '\n')) n++;
  return n;
};

/** Most characters that are read as CSV at once. */
const PIECE = 1 << 20;
/** No row of anybody's file is as long; a quote that is not closed makes one of the rest of the file. */
const LONGEST = 1 << 26;

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
    const cut = at + end.length;
    if (after % 2 === 0) return text[cut] === '\n' ? cut + 1 : cut;
    i = at;
  }
  return 0;
};

/** Line breaks that end a record: files put together from several have both. A lone carriage return does only where the first record ends so. */
const ends = (end: string): string[] => (end === '\r' ? ['\r\n', '\n', '\r'] : ['\r\n', '\n']);

/** Cuts a text at ends of records into pieces that are read one by one. The first of a record that is too long is given as it is. */
function* records(chunks: Iterable<string>, piece: number, longest: number): Generator<{ text: string; end: string; long?: true }> {
  let rest = '';
  let end: string | undefined;
  let least = piece;
  for (const chunk of chunks) {
    rest += chunk;
    if (rest.length < least) continue;
    // A carriage return at the very end may be half of a line break.
    end ??= recordEnd(rest.endsWith('\r') ? rest.slice(0, -1) : rest);
    const cut = end === undefined ? 0 : lastRecordEnd(rest.endsWith('\r') ? rest.slice(0, -1) : rest, end === '\r' ? '\r' : '\n');
    // A record longer than a piece, as behind a quote that is not closed: looked at again when twice as much is there.
    least = cut === 0 ? 2 * rest.length : piece;
    if (cut === 0 && rest.length > longest) return yield { text: rest, end: end ?? '\n', long: true };
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
export const parseCsv = (
  given: string | Iterable<string>,
  scratch: OpenScratch = memoryScratch,
  piece = PIECE,
  longest = LONGEST,
): CsvTable => {
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
    else if (!saysDelimiter.test(cells.join(delimiter))) header = cells;
    return null;
  };
  const unreadable = (reason: string, wayOut: string) =>
    refuse('ROW_INVALID', `the file cannot be read as CSV: ${reason}`, { wayOut }, { line: next });
  for (const { text, end, long } of records(typeof given === 'string' ? [given] : given, piece, longest)) {
    if (!header) delimiter = detectDelimiter(text);
    const first = next;
    if (long)
      throw unreadable(
        `the row that begins on line ${next} has no end within ${longest} characters`,
        'Close the quote that is open in that row, or save the file as CSV again.',
      );
    try {
      parse(text, {
        delimiter,
        record_delimiter: ends(end),
        relax_column_count: true,
        skip_empty_lines: false,
        bom: first === 1,
        on_record: take,
      });
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      if (error.code === 'CSV_QUOTE_NOT_CLOSED')
        throw unreadable(`a quote in the row that begins on line ${next} is not closed`, 'Close the quote, or save the file as CSV again.');
      const near = ((error as unknown as { lines?: number }).lines ?? next - first + 1) + first - 1;
      throw unreadable(
        `near line ${near} a quote is not closed or stands in a wrong place${near > next ? `; the row begins on line ${next}` : ''}`,
        'Close the quote, or write a quote that belongs to the text twice ("") in a cell that stands in quotes.',
      );
    }
  }
  if (!header) throw refuse('INPUT_INVALID', 'the file is empty', { wayOut: 'Give a CSV file with a header and at least one row.' });
  return { delimiter, header, rows };
};
