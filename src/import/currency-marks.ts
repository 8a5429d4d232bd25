import { currencyDecimals } from '../domain/decimal.ts';

/** The currencies that a symbol may stand for. A dollar sign stands for any that has no other symbol here. */
const symbols: Readonly<Record<string, readonly string[]>> = {
  '€': ['EUR'],
  '£': ['GBP', 'GIP', 'FKP', 'SHP', 'EGP', 'SYP', 'LBP', 'SDG', 'SSP'],
  '¥': ['JPY', 'CNY'],
  '₹': ['INR'],
  '₽': ['RUB'],
  '₩': ['KRW', 'KPW'],
  '₺': ['TRY'],
  '₴': ['UAH'],
  '₪': ['ILS'],
  zł: ['PLN'],
  kr: ['SEK', 'NOK', 'DKK', 'ISK'],
  Fr: ['CHF', 'XAF', 'XOF', 'XPF', 'BIF', 'DJF', 'GNF', 'KMF', 'RWF', 'CDF'],
};
const notDollars: ReadonlySet<string> = new Set(Object.values(symbols).flat());

const signs = /[£$€¥₹₽₩₺₴₪]/g;
const words = /^(kr|fr)\b\.?(?=\s*[\d.,(+-])|(?<=[\d.,]\s*)(?:(kr|fr)\.?|zł)$|^zł/i;
const code = /^([A-Za-z]{3})\s*(?=[\d.,(+-])|(?<=[\d.,)])\s*([A-Za-z]{3})$/;

/** An amount without what tells its currency, and what told it: a symbol or an ISO 4217 code. */
export const withoutMarks = (cell: string): { amount: string; marks: string[] } => {
  const marks: string[] = [];
  let amount = cell.trim().replace(/,-$/, '');
  const told = code.exec(amount);
  const iso = (told?.[1] ?? told?.[2])?.toUpperCase();
  if (iso !== undefined && currencyDecimals(iso) !== undefined) {
    marks.push(iso);
    amount = amount.replace(code, '');
  }
  amount = amount.replace(signs, (sign) => {
    marks.push(sign);
    return '';
  });
  const word = words.exec(amount.trim());
  if (word) {
    const mark = word[0].toLowerCase().replace('.', '');
    marks.push(mark === 'fr' ? 'Fr' : mark);
    amount = amount.trim().replace(words, '');
  }
  return { amount: amount.trim(), marks };
};

/** The mark of an amount that its row's currency does not have, or undefined. */
export const foreignMark = (marks: readonly string[], currency: string): string | undefined =>
  marks.find((mark) => (mark === '$' ? notDollars.has(currency) : !(symbols[mark] ?? [mark]).includes(currency)));
