import { Decimal, moneyText } from '../domain/decimal.ts';
import type { CellReader } from './cells.ts';
import { type Pay, rowFinding } from './rows.ts';
import { missing, readRate } from './values.ts';
import { basisWords } from './words.ts';

/** Hours of a full-time week where the file says nothing else, and weeks of a year: hourly pay x weekly hours x 52 is a year's. */
const FULL_WEEK = new Decimal(40);
const WEEKS = new Decimal(52);

/** What is known of how much somebody works. */
export interface Working {
  /** Contract FTE; null where it is not known. */
  fte: Decimal | null;
  /** Hours of the person's own week; null where not told. */
  hours: Decimal | null;
}

/** The pay for 1.0 FTE and a year from an hourly rate: rate x weekly hours x 52 / FTE, exact, rounded half-even once to the currency's decimals. */
export const annualOfHourly = (rate: Decimal, { fte, hours }: Working, currency: string): string =>
  moneyText(
    hours === null || fte === null || fte.isZero() ? rate.times(FULL_WEEK).times(WEEKS) : rate.times(hours).times(WEEKS).div(fte),
    currency,
  );

/** Pay as a row says it, before it is known how much the person works. */
export type Paid = { rate: Decimal; currency: string } | Pay;

/** What a row says somebody is paid: a yearly or daily amount, or an hourly rate. Null where not told. */
export const readPaid = (cell: CellReader, line: number, currency: string): Paid | null => {
  const basis = missing(cell.raw('holder_pay_basis')) ? null : cell.choice('holder_pay_basis', basisWords, 'annual');
  const column = missing(cell.raw('holder_hourly_pay')) ? 'holder_pay' : 'holder_hourly_pay';
  const hourly = column === 'holder_pay' ? basis === 'hourly' : basis === 'hourly' || missing(cell.raw('holder_pay'));
  if (hourly) {
    const rate = cell.read(column, (text) => readRate(text, currency));
    if (rate === null) return null;
    if (rate.isNegative()) return cell.add(rowFinding(line, column, cell.raw(column), 'AMOUNT_NEGATIVE', 'the rate is below zero'));
    cell.rated(column, currency);
    return { rate, currency };
  }
  const amount = cell.money('holder_pay', currency);
  if (amount === null) return null;
  cell.rated('holder_pay', currency);
  return { amount, basis: basis ?? 'annual', currency };
};

/** Pay as it is kept: an hourly rate becomes a year's pay at 1.0 FTE. */
export const settledPay = (paid: Paid, working: Working): Pay =>
  'rate' in paid ? { amount: annualOfHourly(paid.rate, working, paid.currency), basis: 'annual', currency: paid.currency } : paid;
