import { cellReader } from './cells.ts';
import { cellsAt } from './csv.ts';
import { dateColumns } from './date-columns.ts';
import type { Input, Inputs } from './inputs.ts';
import { type Paid, readPaid } from './people-pay.ts';
import { type Reading, type RowFinding, rowFinding } from './rows.ts';
import { dateOrder, missing, readDate } from './values.ts';

/** What the files beside a list of people say about the past, by person. Pay waits for how much the person works. */
export interface Histories {
  units: Map<string, { from: string; end: string | null; unit: string; line: number }[]>;
  pays: Map<string, { from: string; line: number; paid: Paid }[]>;
  findings: RowFinding[];
}

/** The earliest date that a list of people with its past speaks of, or undefined where no file tells of the past. */
export const earliestOf = ({ main, beside }: Inputs, given: Reading['dateOrder']): string | undefined => {
  const past = [
    [beside.pay_history, 'effective_date'],
    [beside.department_history, 'start_date'],
  ] as const;
  if (!past.some(([input]) => input)) return undefined;
  let earliest: string | undefined;
  for (const [input, column] of [...past, [main, 'start_date'] as const]) {
    const at = input?.layout.at[column];
    if (!input || at === undefined) continue;
    const order = given ?? dateOrder(cellsAt(input.table, at));
    for (const cell of cellsAt(input.table, at)) {
      const read = readDate(cell, order);
      // A date before the horizon is found at its row; here it would only stretch the view.
      if ('ok' in read && read.ok >= '1900-01-01' && (earliest === undefined || read.ok < earliest)) earliest = read.ok;
    }
  }
  return earliest;
};

const ofFile = (input: Input, findings: RowFinding[]): RowFinding[] => findings.map((f) => ({ ...f, file: input.name }));

const byPerson = <T extends { from: string }>(map: Map<string, T[]>): Map<string, T[]> => {
  for (const list of map.values()) list.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  return map;
};

const add = <T>(map: Map<string, T[]>, id: string, one: T): void => {
  const list = map.get(id);
  if (list) list.push(one);
  else map.set(id, [one]);
};

/**
 * Reads the pay and department histories beside a list of people. `currencies` are the currencies of the people of the list by id: rows about
 * others are findings, as are two rows of one person and date.
 */
export const readHistories = (
  beside: Inputs['beside'],
  currencies: ReadonlyMap<string, string>,
  reading: Reading,
): Histories | undefined => {
  const { pay_history: pay, department_history: units } = beside;
  if (!pay && !units) return undefined;
  const out: Histories = { units: new Map(), pays: new Map(), findings: [] };
  const walk = (
    input: Input,
    dateColumn: 'effective_date' | 'start_date',
    take: (cell: ReturnType<typeof cellReader>, id: string, from: string, line: number, dates: (c: 'end_date') => string | null) => void,
  ) => {
    const findings: RowFinding[] = [];
    const cell = cellReader(input.layout, findings, reading.currency, reading.rates);
    const dates = dateColumns(cell, input.table, input.layout, reading.dateOrder);
    const seen = new Map<string, number>();
    for (const row of input.table.rows) {
      cell.take(row, input.table.header.length);
      const id = cell.text('holder_id', 200);
      const from = dates(dateColumn);
      if (id === null) cell.bad('holder_id', 'is empty', 'Name the person.');
      else if (!currencies.has(id))
        cell.add(
          rowFinding(
            row.line,
            'holder_id',
            id,
            'REFERENCE_UNKNOWN',
            `"${id}" is not in the list of people`,
            'Add the person to the list, or remove the row.',
          ),
        );
      if (from === null && !cell.broken()) cell.bad(dateColumn, 'is empty', 'Say from when it holds.');
      if (id === null || from === null || cell.broken()) continue;
      const before = seen.get(`${id} ${from}`);
      if (before !== undefined)
        cell.add(
          rowFinding(
            row.line,
            dateColumn,
            from,
            'DUPLICATE_ID',
            `line ${before} speaks of "${id}" on ${from} already`,
            'Keep one of the two rows.',
          ),
        );
      else take(cell, id, from, row.line, dates);
      seen.set(`${id} ${from}`, row.line);
    }
    out.findings.push(...ofFile(input, findings));
  };
  if (pay)
    walk(pay, 'effective_date', (cell, id, from, line) => {
      const currency = missing(cell.raw('currency')) ? (currencies.get(id) ?? reading.currency) : cell.currency('currency');
      const paid = readPaid(cell, line, currency);
      if (paid) add(out.pays, id, { from, line, paid });
      else if (!cell.broken())
        cell.bad(
          pay.layout.at.holder_hourly_pay === undefined ? 'holder_pay' : 'holder_hourly_pay',
          'is empty',
          'Say what is paid from then on.',
        );
    });
  if (units)
    walk(units, 'start_date', (cell, id, from, line, dates) => {
      const unit = cell.text('org_unit', 1000);
      const end = dates('end_date');
      if (end !== null && end < from)
        cell.add(rowFinding(line, 'end_date', end, 'DATE_ORDER', `the end ${end} lies before the start ${from}`));
      if (unit !== null && !cell.broken()) add(out.units, id, { from, end, unit, line });
    });
  byPerson(out.units);
  byPerson(out.pays);
  return out;
};
