import { currencyDecimals } from '../domain/decimal.ts';
import type { BaselineView } from './baseline.ts';
import type { CellReader } from './cells.ts';
import type { CsvTable } from './csv.ts';
import { missing, readDecimal } from './values.ts';

/**
 * Reads the rates of a file: one per foreign currency, on any row, for all of them. `known` grows by the currencies that have one, so rates are
 * read before pay.
 */
export const readRates = (
  table: CsvTable,
  cell: CellReader,
  found: Map<string, { rate: string; line: number }>,
  known: Set<string>,
  ownCurrency: string,
): void => {
  if (!cell.has('fx_rate')) return;
  for (const row of table.rows) {
    cell.take(row);
    if (missing(cell.raw('fx_rate'))) continue;
    const rate = cell.read('fx_rate', readDecimal);
    if (rate === null) continue;
    const currency = cell.currency('currency');
    if (currencyDecimals(currency) === undefined) continue;
    const text = rate.toFixed();
    const before = found.get(currency);
    if (currency === ownCurrency)
      cell.bad('fx_rate', `stands on a row in ${ownCurrency}, the tenant's own currency`, 'Leave it empty there.');
    else if (!rate.greaterThan(0) || rate.decimalPlaces() > 12)
      cell.bad('fx_rate', 'is no rate', 'Write a number above 0 with at most twelve decimals.');
    else if (before && before.rate !== text)
      cell.bad('fx_rate', `says ${text} for ${currency}, line ${before.line} says ${before.rate}`, 'Give one rate per currency.');
    else if (!before) found.set(currency, { rate: text, line: row.line });
    known.add(currency);
  }
};

/** The FX rates of the baseline to the tenant's currency: assumption ids by foreign currency. */
export const ratesOf = (view: BaselineView): Map<string, string> => {
  const rates = new Map<string, string>();
  for (const { id } of view.of('assumption')) {
    const values = view.at(id);
    if (values?.['name'] === 'fx_rate' && values['scope'] === 'tenant' && values['status'] === 'active')
      rates.set(values['scope_ref'] as string, id);
  }
  return rates;
};
