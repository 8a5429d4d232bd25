import { Decimal } from '../domain/decimal.ts';
import { cellReader, type CellReader } from './cells.ts';
import type { Column, Layout } from './columns.ts';
import type { CsvTable } from './csv.ts';
import { dateColumns } from './date-columns.ts';
import { SeatRows } from './seat-rows.ts';
import { type Histories, readHistories } from './histories.ts';
import type { Inputs } from './inputs.ts';
import { managersOf } from './managers.ts';
import { readPaid, settledPay, type Working } from './people-pay.ts';
import { readRates } from './rates.ts';
import { type History, type Reading, type ReadRows, rowFinding, type SeatRow, type UnitRef } from './rows.ts';
import { contractFte, fieldsSpokenOf, holderDates, holderName, rowId, rowTitle, spokenByAll, unitPaths } from './shared-cells.ts';
import { missing } from './values.ts';
import { employmentWords, fullTimeWords, holderKindWords, statusWords } from './words.ts';

const spoken: Partial<Record<Column, string[]>> = {
  ...spokenByAll,
  holder_fte: ['capacity_fte'],
  weekly_hours: ['capacity_fte'],
  full_time: ['capacity_fte'],
};
const ofFte: readonly Column[] = ['fte', 'holder_fte', 'weekly_hours', 'full_time'];
const fullWeek = new Decimal(40);

const unitOf = (cell: CellReader, pathOf: (cell: CellReader) => string[]): UnitRef => ({
  path: pathOf(cell),
  id: cell.text('org_unit_id', 200),
  kind: null,
  unit_type: null,
  cost_centre: cell.text('cost_centre'),
});

/** How much somebody works: the FTE as told; full-time is 1; else the week's hours over 40. */
const workingOf = (cell: CellReader, line: number, told: boolean): Working => {
  const column = missing(cell.raw('holder_fte')) ? 'fte' : 'holder_fte';
  const given = cell.number(column);
  const hours = cell.number('weekly_hours');
  const full = missing(cell.raw('full_time')) ? null : cell.choice('full_time', fullTimeWords, 'full');
  const fte = given ?? (full === 'full' || !told ? new Decimal(1) : (hours?.div(fullWeek).toDecimalPlaces(4) ?? null));
  if (fte !== null && !contractFte(cell, line, given ? column : 'weekly_hours', fte)) return { fte: null, hours };
  if (fte === null && !cell.broken())
    cell.add(rowFinding(line, column, cell.raw(column), 'FTE_MISSING', 'neither the FTE nor weekly hours are given'));
  return { fte, hours: hours?.isZero() ? null : hours };
};

/** The past of one person, in the order of dates. */
const pastOf = (
  histories: Histories,
  id: string,
  start: string | null,
  unit: UnitRef,
  unitNamed: (name: string) => UnitRef | undefined,
  working: Working,
): History | undefined => {
  const units = histories.units.get(id) ?? [];
  const pays = histories.pays.get(id) ?? [];
  const since = units[0]?.from ?? start ?? pays[0]?.from;
  if (since === undefined) return undefined;
  const known = pays[0] && pays[0].from < since ? pays[0].from : since;
  // The past tells units by name alone; the list knows their place in the tree.
  const named = (name: string): UnitRef =>
    unit.path.at(-1) === name ? unit : (unitNamed(name) ?? { path: [name], id: null, kind: null, unit_type: null, cost_centre: null });
  return {
    since,
    known,
    units: units.length > 0 ? units.map((u) => ({ from: u.from, unit: named(u.unit) })) : [{ from: since, unit }],
    pays: pays.map(({ from, line, paid }) => ({ from, line, pay: settledPay(paid, working) })),
  };
};

/**
 * A list of people: each row is a person in a position of their own, the department its unit, the pay the holder's. The files
 * beside it say from which dates units and pay held.
 */
export const readPeople = (table: CsvTable, layout: Layout, reading: Reading, beside: Inputs['beside'] = {}): ReadRows => {
  const has = (column: Column) => layout.at[column] !== undefined;
  const speaksOf = fieldsSpokenOf(layout, spoken);
  const out: ReadRows = { rows: new SeatRows(reading.scratch), findings: [], rates: new Map(), speaksOf, assumed: [] };
  const rates = new Set(reading.rates);
  const cell = cellReader(layout, out.findings, reading.currency, rates);
  const pathOf = unitPaths();
  const dates = dateColumns(cell, table, layout, reading.dateOrder);
  const managers = managersOf(table, layout);
  out.managers = managers.reading;
  readRates(table, cell, out.rates, rates, reading.currency);
  const units = new Map<string, UnitRef>();
  const currencies = new Map<string, string>();
  if (beside.pay_history || beside.department_history) {
    const silent = cellReader(layout, [], reading.currency, rates);
    for (const row of table.rows) {
      silent.take(row);
      currencies.set(silent.raw('holder_id'), silent.currency('currency'));
      const name = pathOf(silent).at(-1);
      if (name !== undefined && !units.has(name)) units.set(name, unitOf(silent, pathOf));
    }
  }
  const histories = readHistories(beside, currencies, { ...reading, rates });
  out.findings.push(...(histories?.findings ?? []));
  const tellsFte = ofFte.some(has);
  if (!tellsFte) {
    speaksOf.add('capacity_fte');
    out.assumed?.push('FTE 1 for everybody: the file has no column for FTE, weekly hours or full and part time');
  }
  if ((has('holder_hourly_pay') || beside.pay_history) && !has('weekly_hours'))
    out.assumed?.push('40 hours a week for hourly pay: the file has no column for weekly hours');
  const tellsPay = has('holder_pay') || has('holder_hourly_pay');
  for (const row of table.rows) {
    cell.take(row, table.header.length);
    const id = rowId(cell, 'holder_id', 'person');
    const title = rowTitle(cell, 'Give the person a job title.');
    const working = workingOf(cell, row.line, tellsFte);
    const currency = cell.currency('currency');
    const { start, end } = holderDates(cell, row.line, dates);
    const unit = unitOf(cell, pathOf);
    const history = histories && pastOf(histories, id, start, unit, (name) => units.get(name), working);
    const paid = readPaid(cell, row.line, currency);
    const now = history?.pays.at(-1)?.pay ?? (paid && settledPay(paid, working));
    if (tellsPay && now === null && !cell.broken()) cell.payMissing(has('holder_pay') ? 'holder_pay' : 'holder_hourly_pay');
    const fte = working.fte?.toFixed() ?? null;
    const manager = managers.of(row);
    const type = missing(cell.raw('employment_type')) ? null : cell.choice('employment_type', employmentWords, 'permanent');
    out.rows.push({
      line: row.line,
      id,
      identity: id,
      anonymous: false,
      manager,
      reporting: manager === null ? 'none' : 'explicit',
      unit: history?.units.at(-1)?.unit ?? unit,
      head: false,
      title,
      grade: cell.text('grade'),
      job_family: has('job_family') ? cell.text('job_family') : cell.text('profession'),
      location: cell.text('location'),
      country: cell.text('country'),
      status: cell.choice('status', statusWords, 'open'),
      fte: working.fte,
      posts: 1,
      employment_type: type ?? 'permanent',
      pay: null,
      holder: {
        named: true,
        id,
        kind: cell.choice('holder_kind', holderKindWords, 'human'),
        name: holderName(cell),
        email: cell.text('holder_email'),
        birth_date: dates('holder_birth_date'),
        gender: cell.text('holder_gender'),
        fte,
        employment_type: type,
        country: cell.text('country'),
        allocation: '100',
        primary: null,
        role: 'member',
        pay: now,
        start: history?.since ?? start,
        end,
      },
      ...(history ? { history } : {}),
    } satisfies SeatRow);
  }
  return out;
};
