import { SeatRows } from './seat-rows.ts';
import { type CellReader, cellReader } from './cells.ts';
import type { Column, Layout } from './columns.ts';
import type { CsvTable } from './csv.ts';
import { dateColumns } from './date-columns.ts';
import { managerColumnOf, managersOf } from './managers.ts';
import { readRates } from './rates.ts';
import { type Holder, type Pay, type Reading, type ReadRows, rowFinding, type SeatRow } from './rows.ts';
import { contractFte, fieldsSpokenOf, holderDates, holderName, rowId, rowTitle, spokenByAll, unitPaths } from './shared-cells.ts';
import { missing, readYes } from './values.ts';
import { basisWords, employmentWords, holderKindWords, reportingWords, roleWords, statusWords, unitKindWords } from './words.ts';

/** Which fields of a position each column speaks of. */
const spoken: Partial<Record<Column, string[]>> = {
  ...spokenByAll,
  reporting: ['reporting', 'manager_id'],
  pay: ['pay_amount', 'pay_basis', 'pay_currency'],
  pay_min: ['pay_amount', 'pay_basis', 'pay_currency'],
};

const pay = (cell: CellReader, column: 'pay' | 'holder_pay', basisColumn: Column, currency: string, currencyColumn: Column): Pay | null => {
  const amount = column === 'pay' && missing(cell.raw('pay')) ? cell.midpoint(currency) : cell.money(column, currency);
  if (amount === null) return null;
  cell.rated(currencyColumn, currency);
  return { amount, basis: cell.choice(basisColumn, basisWords, 'annual'), currency };
};

const holder = (
  cell: CellReader,
  line: number,
  dates: (column: Column) => string | null,
  ownPay: Pay | null,
  currency: string,
): Holder | null => {
  const id = cell.text('holder_id', 200);
  if (id === null) return null;
  const fte = cell.number('holder_fte');
  if (fte !== null) contractFte(cell, line, 'holder_fte', fte);
  const allocation = cell.number('allocation');
  if (allocation?.greaterThan(300))
    cell.add(rowFinding(line, 'allocation', allocation.toFixed(), 'FTE_RANGE', 'an allocation lies between 0 and 300 %'));
  const { start, end } = holderDates(cell, line, dates);
  const paid = missing(cell.raw('holder_currency')) ? (ownPay?.currency ?? currency) : cell.currency('holder_currency');
  return {
    named: true,
    id,
    kind: cell.choice('holder_kind', holderKindWords, 'human'),
    name: holderName(cell),
    email: cell.text('holder_email'),
    fte: fte === null ? null : fte.toFixed(),
    employment_type: missing(cell.raw('holder_employment_type'))
      ? null
      : cell.choice<string>('holder_employment_type', employmentWords, 'permanent'),
    country: cell.text('holder_country'),
    allocation: allocation?.toFixed() ?? '100',
    primary: cell.read('primary', readYes),
    role: cell.choice<'lead' | 'member'>('placement_role', roleWords, 'member'),
    pay: pay(cell, 'holder_pay', 'holder_pay_basis', paid, 'holder_pay'),
    start,
    end,
  };
};

/** The project's own shape: one row per position with its holder, as docs/reference/import-csv.md defines it. */
export const readCanonical = (table: CsvTable, layout: Layout, reading: Reading): ReadRows => {
  const { currency: ownCurrency } = reading;
  const speaksOf = fieldsSpokenOf(layout, spoken);
  const out: ReadRows = { rows: new SeatRows(reading.scratch), findings: [], rates: new Map(), speaksOf };
  const rates = new Set(reading.rates);
  const cell = cellReader(layout, out.findings, ownCurrency, rates);
  const pathOf = unitPaths();
  const dates = dateColumns(cell, table, layout, reading.dateOrder);
  const managers = managersOf(table, layout);
  out.managers = managers.reading;
  readRates(table, cell, out.rates, rates, ownCurrency);

  for (const row of table.rows) {
    cell.take(row, table.header.length);
    const id = rowId(cell, 'position_id', 'row');
    const title = rowTitle(cell, 'Give the position a title.');
    const posts = cell.posts();
    const manager = managers.of(row);
    if (manager !== null && manager.length > 200)
      cell.bad(managerColumnOf(layout) ?? 'manager_position_id', 'has more than 200 characters', 'Shorten it.');
    const reporting = cell.choice<SeatRow['reporting']>('reporting', reportingWords, manager === null ? 'none' : 'explicit');
    if (reporting === 'explicit' && manager === null)
      cell.bad('reporting', 'says explicit, but the row names no manager', 'Fill manager_position_id, or say none or unit_head.');
    if (reporting !== 'explicit' && manager !== null)
      cell.bad('reporting', `says ${reporting}, but the row names a manager`, 'Leave one of the two empty.');
    const path = pathOf(cell);
    const currency = cell.currency('currency');
    const target = pay(cell, 'pay', 'pay_basis', currency, 'currency');
    if (target === null && !cell.broken()) cell.payMissing('pay');
    const status = cell.choice('status', statusWords, 'open');
    const fte = cell.fte(posts, false);
    const held = holder(cell, row.line, dates, target, currency);
    if (held && posts > 1)
      cell.bad('holder_id', `names a holder on a row that stands for ${posts} posts`, 'Give each post of the row a row of its own.');
    if (held && status === 'closed')
      cell.bad('holder_id', 'names a holder of a closed position', 'Empty the holder, or give the position another status.');
    const unitId = cell.text('org_unit_id', 200);
    if (unitId !== null && path.length === 0)
      cell.bad('org_unit_id', 'stands without an org_unit', 'Fill org_unit, or leave org_unit_id empty for the root unit.');
    out.rows.push({
      line: row.line,
      id,
      identity: id,
      anonymous: false,
      manager,
      reporting,
      unit: {
        path,
        id: unitId,
        kind: missing(cell.raw('unit_kind')) ? null : cell.choice<string>('unit_kind', unitKindWords, 'team'),
        unit_type: cell.text('unit_type'),
        cost_centre: cell.text('cost_centre'),
      },
      head: cell.read('unit_head', readYes) ?? false,
      title,
      grade: cell.text('grade'),
      job_family: layout.at.job_family === undefined ? cell.text('profession') : cell.text('job_family'),
      location: cell.text('location'),
      country: cell.text('country'),
      status,
      fte,
      posts,
      employment_type: cell.choice('employment_type', employmentWords, 'permanent'),
      pay: target,
      holder: held,
    } satisfies SeatRow);
  }
  return out;
};
