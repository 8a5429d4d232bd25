import { Decimal, currencyDecimals, moneyText } from '../domain/decimal.ts';
import type { Column, Layout } from './columns.ts';
import type { CsvRow } from './csv.ts';
import { type Pay, type RowFinding, rowFinding } from './rows.ts';
import { missing, type Read, readCount, readDecimal, readMoney } from './values.ts';

/** The most posts that one row may stand for. */
const mostPosts = 1_000_000;
const two = new Decimal(2);

/** Reads the cells of one row after the other; what cannot be read becomes a finding and null. */
export const cellReader = (layout: Layout, findings: RowFinding[], ownCurrency: string, rates: ReadonlySet<string>) => {
  let row: CsvRow = { line: 0, cells: [] };
  let broken = false;
  const raw = (column: Column): string => {
    const i = layout.at[column];
    return i === undefined ? '' : (row.cells[i] ?? '');
  };
  const add = (finding: RowFinding) => {
    findings.push(finding);
    if (finding.severity === 'stop') broken = true;
    return null;
  };
  const bad = (column: Column, message: string, suggestion: string) =>
    add(rowFinding(row.line, column, raw(column), 'ROW_INVALID', `${column} ${message}`, suggestion));

  const reader = {
    /** True where the file has the column. */
    has: (column: Column): boolean => layout.at[column] !== undefined,
    raw,
    add,
    bad,
    /** Goes to the next row; with the width of the header it is judged as a whole. */
    take(next: CsvRow, width?: number) {
      row = next;
      broken = false;
      if (width === undefined) return;
      if (row.cells.length !== width)
        add(
          rowFinding(
            row.line,
            '',
            `${row.cells.length} cells`,
            'ROW_INVALID',
            `the row has ${row.cells.length} cells, the header ${width}`,
            'Put cells that hold the delimiter into quotes.',
          ),
        );
      if (row.cells.some((c) => c.includes('\0')))
        add(rowFinding(row.line, '', '', 'ROW_INVALID', 'the row holds a zero character', 'Remove it, or save the file as UTF-8.'));
    },
    broken: () => broken,
    /** Text of at most `most` characters; null where not given. */
    text(column: Column, most = 500): string | null {
      const text = raw(column);
      if (missing(text)) return null;
      return text.length > most ? bad(column, `has more than ${most} characters`, 'Shorten it.') : text;
    },
    choice<T extends string>(column: Column, choices: Readonly<Record<string, T>>, otherwise: T): T {
      const text = raw(column);
      if (missing(text)) return otherwise;
      const word = text.toLowerCase().replace(/[\s-]+/g, '_');
      const chosen = Object.hasOwn(choices, word) ? choices[word] : undefined;
      if (chosen === undefined) bad(column, 'is none of the known words', `Use one of ${Object.keys(choices).join(', ')}.`);
      return chosen ?? otherwise;
    },
    /** A cell read by a function of values.ts; null where it is not given. */
    read<T>(column: Column, how: (cell: string) => Read<T>): T | null {
      const text = raw(column);
      if (missing(text)) return null;
      const result = how(text);
      return 'ok' in result ? result.ok : bad(column, result.error, result.suggestion);
    },
    posts: () => reader.read('posts', (c) => readCount(c, mostPosts)) ?? 1,
    /** FTE or percent: zero or more, four decimals at most. An FTE in percent is of 1.0; an allocation is percent anyway. */
    number(column: Column): Decimal | null {
      const read = reader.read(column, readDecimal);
      if (read === null) return null;
      const value = column !== 'allocation' && raw(column).endsWith('%') ? read.div(100) : read;
      if (value.isNegative()) return add(rowFinding(row.line, column, raw(column), 'FTE_RANGE', `${column} is below zero`));
      if (value.decimalPlaces() > 4)
        return add(
          rowFinding(row.line, column, raw(column), 'FTE_RANGE', `${column} has more than four decimals`, 'Round it to four decimals.'),
        );
      return value;
    },
    /** The FTE of a row over its posts, with what is worth knowing about it. */
    fte(posts: number, held: boolean): Decimal | null {
      const value = reader.number('fte');
      if (value === null || (held && value.isZero())) {
        if (!broken)
          add(
            rowFinding(
              row.line,
              'fte',
              raw('fte'),
              'FTE_MISSING',
              value ? 'the FTE is 0 although somebody sits there; it is taken as not known' : 'the FTE is not given',
            ),
          );
        return null;
      }
      if (value.div(posts).greaterThan(3))
        add(rowFinding(row.line, 'fte', raw('fte'), 'FTE_HIGH', `the FTE of one post is ${value.div(posts).toDecimalPlaces(4).toFixed()}`));
      return value;
    },
    currency(column: Column): string {
      const given = reader.text(column);
      if (given === null) return ownCurrency;
      const code = given.toUpperCase();
      if (currencyDecimals(code) === undefined)
        add(rowFinding(row.line, column, given, 'CURRENCY_UNKNOWN', `"${given}" is no ISO 4217 currency`));
      return code;
    },
    /** Tells of a currency in use without a rate to the tenant's. */
    rated(column: Column, currency: string) {
      if (currency !== ownCurrency && currencyDecimals(currency) !== undefined && !rates.has(currency))
        add(
          rowFinding(
            row.line,
            column,
            raw(column),
            'CURRENCY_UNKNOWN',
            `${currency} has no rate to ${ownCurrency}`,
            `Give the rate in the column fx_rate (${ownCurrency} for one ${currency}), or set one with \`orgonaut tenant set --assume fx_rate:${currency}=…\`.`,
          ),
        );
    },
    /** An amount as text with its currency's decimals. `zeroIsMissing`: sources that write 0 for "not known". */
    money(column: Column, currency: string, zeroIsMissing = false): string | null {
      const value = reader.read(column, (text) => readMoney(text, currency));
      if (value === null || (zeroIsMissing && value.isZero())) return null;
      if (value.isNegative()) return add(rowFinding(row.line, column, raw(column), 'AMOUNT_NEGATIVE', `${column} is below zero`));
      if (value.decimalPlaces() > (currencyDecimals(currency) ?? 2))
        return add(rowFinding(row.line, column, raw(column), 'AMOUNT_SCALE', `${column} has more decimals than ${currency} has`));
      if (value.precision(true) > 18) return bad(column, 'is larger than any pay', 'Check the amount.');
      return moneyText(value, currency);
    },
    /** The middle of a band where both ends are given, rounded half-even to the currency's decimals. */
    midpoint(currency: string): string | null {
      const low = reader.money('pay_min', currency, true);
      const high = reader.money('pay_max', currency, true);
      if (low === null || high === null) return null;
      if (new Decimal(high).lessThan(low)) return bad('pay_max', 'is below the other end of the band', 'Swap the two ends of the band.');
      return moneyText(new Decimal(low).plus(high).div(two), currency);
    },
    payMissing: (column: Column): Pay | null => add(rowFinding(row.line, column, raw(column), 'PAY_MISSING', 'the pay is not known')),
  };
  return reader;
};

export type CellReader = ReturnType<typeof cellReader>;
