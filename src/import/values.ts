import { isDate } from '../domain/dates.ts';
import { Decimal } from '../domain/decimal.ts';
import { foreignMark, withoutMarks } from './currency-marks.ts';

/** Why a cell gives no value: nothing in it, "does not apply", or "known and not told". A zero is a value; who reads it decides. */
export type Missing = 'empty' | 'not_applicable' | 'not_disclosed';

const notApplicable = new Set(['na', 'n/a', '#n/a', 'n.a.', '-', '–', '—', 'none', 'null', 'not applicable']);
const notDisclosed = new Set(['nd', 'n/d', 'n.d.', 'not disclosed', 'undisclosed', 'withheld']);

export const missing = (cell: string): Missing | undefined => {
  const text = cell.trim().toLowerCase();
  if (text === '') return 'empty';
  if (notApplicable.has(text)) return 'not_applicable';
  return notDisclosed.has(text) ? 'not_disclosed' : undefined;
};

/** What came of reading a cell: a value, or why it cannot be read and how to write it. */
export type Read<T> = { ok: T } | { error: string; suggestion: string };

/** Joins the thousands and finds the decimal mark; undefined when the text is no number, 'ambiguous' when it reads two ways. */
const plainNumber = (text: string, thousands: 'comma-of-three' | 'never'): string | 'ambiguous' | undefined => {
  const body = text.replace(/[\s\u00a0\u202f'’]/g, '');
  const match = /^([+-]?)(\d[\d.,]*|[.,]\d+)$/.exec(body);
  if (!match) return undefined;
  const [, sign, digits] = match as unknown as [string, string, string];
  const grouped = (mark: string, point: string) => {
    const [whole = '', fraction, ...more] = digits.split(point);
    if (more.length > 0) return undefined;
    const groups = whole.split(mark);
    if (groups.length > 1 && (groups[0] === '' || (groups[0] as string).length > 3 || groups.slice(1).some((g) => g.length !== 3)))
      return undefined;
    return `${groups.join('') || '0'}${fraction ? `.${fraction}` : ''}`;
  };
  const commas = digits.split(',').length - 1;
  const points = digits.split('.').length - 1;
  let plain: string | undefined;
  if (commas > 0 && points > 0) plain = digits.lastIndexOf(',') > digits.lastIndexOf('.') ? grouped('.', ',') : grouped(',', '.');
  else if (commas > 1) plain = grouped(',', '.');
  else if (points > 1) plain = grouped('.', ',');
  else if (commas + points === 0) plain = digits;
  else {
    const mark = commas ? ',' : '.';
    const [whole = '', fraction = ''] = digits.split(mark);
    const threeAfter = fraction.length === 3 && /^[1-9]\d{0,2}$/.test(whole);
    if (threeAfter && thousands === 'comma-of-three' && mark === ',') plain = whole + fraction;
    else if (threeAfter && (thousands === 'comma-of-three' || mark === ',')) return 'ambiguous';
    else plain = `${whole || '0'}${fraction ? `.${fraction}` : ''}`;
  }
  return plain === undefined ? undefined : `${sign === '-' ? '-' : ''}${plain}`;
};

const foreign = (mark: string, currency: string): Read<never> => ({
  error: `is marked "${mark}", and the currency of the row is ${currency}`,
  suggestion: 'Say the currency in a column "currency" (with its rate in "fx_rate"), or mend the amount.',
});

/**
 * An amount of money as people write it: symbols or a currency code around it, thousands marks (comma, point, blank, apostrophe), decimal
 * point or comma, brackets for a negative. `52.000` reads as two amounts and is refused, as is one that is marked as of another currency than
 * the row's (ISO 4217).
 */
export const readMoney = (cell: string, currency?: string): Read<Decimal> => {
  const bracketed = /^\((.*)\)$/.exec(cell.trim());
  const { amount, marks } = withoutMarks(bracketed ? (bracketed[1] as string) : cell);
  const plain = plainNumber(amount, 'comma-of-three');
  if (plain === 'ambiguous')
    return { error: 'reads as two different amounts', suggestion: 'Write it without thousands marks, or with two decimals.' };
  if (plain === undefined) return { error: 'is no amount of money', suggestion: 'Write a number such as 52000 or 52,000.00.' };
  const other = currency === undefined ? undefined : foreignMark(marks, currency);
  if (other !== undefined) return foreign(other, currency as string);
  const value = new Decimal(plain);
  return { ok: bracketed ? value.negated() : value };
};

/** An hourly rate with all the decimals it has. A rate is no amount: it is multiplied before anything is rounded. */
export const readRate = (cell: string, currency: string): Read<Decimal> => {
  const { amount, marks } = withoutMarks(cell);
  const other = foreignMark(marks, currency);
  return other === undefined ? readDecimal(amount) : foreign(other, currency);
};

/** A plain decimal such as an FTE, a percent or a rate, with decimal point or comma. */
export const readDecimal = (cell: string): Read<Decimal> => {
  const plain = plainNumber(cell.trim().replace(/%$/, ''), 'never');
  if (plain === 'ambiguous')
    return { error: 'reads as two different numbers', suggestion: 'Write it with a decimal point and without thousands marks.' };
  return plain === undefined ? { error: 'is no number', suggestion: 'Write a number such as 0.8.' } : { ok: new Decimal(plain) };
};

/** A count of 1 or more. */
export const readCount = (cell: string, most: number): Read<number> => {
  const text = cell.trim();
  const n = Number(text);
  return /^\d{1,9}(\.0+)?$/.test(text) && n >= 1 && n <= most
    ? { ok: n }
    : { error: 'is no count', suggestion: `Write a whole number from 1 to ${most}.` };
};

const yes = new Set(['yes', 'y', 'true', '1', 'x']);
const no = new Set(['no', 'n', 'false', '0', '']);
export const readYes = (cell: string): Read<boolean> => {
  const text = cell.trim().toLowerCase();
  return yes.has(text) ? { ok: true } : no.has(text) ? { ok: false } : { error: 'is neither yes nor no', suggestion: 'Write yes or no.' };
};

export type DateOrder = 'dmy' | 'mdy';
const parts = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$/;
const made = (y: string, m: string, d: string): string | undefined => {
  const text = `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`;
  return isDate(text) ? text : undefined;
};

/** The order of day and month that a column's dates prove: those that read one way only, all agreeing. Undefined when nothing proves it. */
export const dateOrder = (cells: Iterable<string>): DateOrder | undefined => {
  const seen = new Set<DateOrder>();
  for (const cell of cells) {
    const m = parts.exec(cell.trim());
    if (!m) continue;
    const [, a, b, y] = m as unknown as [string, string, string, string];
    const dmy = made(y, b, a);
    const mdy = made(y, a, b);
    if (dmy && !mdy) seen.add('dmy');
    if (mdy && !dmy) seen.add('mdy');
  }
  return seen.size === 1 ? [...seen][0] : undefined;
};

const DAY_MS = 86_400_000;
/** What to do about a text that is no date, by what it looks like. */
const adviceOn = (text: string, wellFormed: boolean): string => {
  // Spreadsheets count days from 1899-12-30: what they show as a date is saved as a number where the column is not formatted as one.
  if (/^[2-9]\d{4}(\.\d+)?$/.test(text)) {
    const day = new Date(Date.UTC(1899, 11, 30) + Math.floor(Number(text)) * DAY_MS).toISOString().slice(0, 10);
    return `It looks like the number of a day in a spreadsheet, there ${day}: format the column as a date YYYY-MM-DD and save it again.`;
  }
  if (/^\d{1,2}[./-]\d{1,2}[./-]\d{2}$/.test(text)) return 'Write the year with four digits, best as YYYY-MM-DD.';
  return wellFormed ? 'The calendar has no such day: mend it, best as YYYY-MM-DD.' : 'Write the date as YYYY-MM-DD.';
};

/** A date: the year first (a time after it is left off), then day/month or month/day where the column proves the order or both read alike. */
export const readDate = (cell: string, order?: DateOrder): Read<string> => {
  const text = cell.trim();
  // The year first tells the order of the others, whatever stands between them.
  const y = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})([T ].*)?$/.exec(text) ?? /^(\d{4})()(\d{2})(\d{2})$/.exec(text);
  const iso = y ? made(y[1] as string, y[3] as string, y[4] as string) : undefined;
  if (iso) return { ok: iso };
  const m = parts.exec(text);
  if (m) {
    const [, a, b, y] = m as unknown as [string, string, string, string];
    const dmy = made(y, b, a);
    const mdy = made(y, a, b);
    if (dmy && mdy && dmy !== mdy && !order)
      return {
        error: `is ${dmy} or ${mdy}`,
        suggestion: `Which is meant? Say --date-order dmy or mdy, or write the date as ${dmy} or ${mdy}.`,
      };
    const date = order === 'mdy' ? mdy : order === 'dmy' ? dmy : (dmy ?? mdy);
    if (date) return { ok: date };
  }
  return { error: 'is no date', suggestion: adviceOn(text, y !== null || m !== null) };
};
