import type { Layout } from './columns.ts';
import { cellReader } from './cells.ts';
import type { CsvTable } from './csv.ts';
import type { Reading, ReadRows, SeatRow } from './rows.ts';
import { rowFinding } from './rows.ts';
import { SeatRows } from './seat-rows.ts';
import { rowTitle } from './shared-cells.ts';

const statuses = { filled: 'filled', undisclosed: 'undisclosed', group: 'group', vacant: 'vacant', eliminated: 'eliminated' } as const;

/** What the UK series writes for "reports to nobody". */
const nobody = new Set(['', 'XX']);

/**
 * The UK government organogram series: senior posts by id, junior posts as `group` rows that stand for `posts` equal positions below a senior
 * post. Units are flat below the root. Filled, undisclosed and group rows have a holder per post, not told by name; vacant rows none;
 * eliminated rows are closed positions. A group row's id is a row number: its identity is manager, unit, title, grade and profession,
 * then its place in the file among equals.
 */
export const readOrganogram = (table: CsvTable, layout: Layout, reading: Reading): ReadRows => {
  const { currency, rates } = reading;
  const out: ReadRows = {
    rows: new SeatRows(reading.scratch),
    findings: [],
    rates: new Map(),
    speaksOf: new Set([
      'title',
      'unit_id',
      'reporting',
      'manager_id',
      'grade',
      'job_family',
      'capacity_fte',
      'pay_amount',
      'pay_basis',
      'pay_currency',
      'status',
    ]),
  };
  const cell = cellReader(layout, out.findings, currency, rates);
  const equals = new Map<string, number>();
  for (const row of table.rows) {
    cell.take(row, table.header.length);
    const id = cell.raw('position_id');
    if (id === '') cell.bad('position_id', 'is empty', 'Give every row an id.');
    else if (id.length > 200) cell.bad('position_id', 'has more than 200 characters', 'Shorten it.');
    const status = cell.choice('status', statuses, 'filled');
    const posts = cell.posts();
    const manager = cell.raw('manager_position_id');
    const none = nobody.has(manager.toUpperCase());
    const unit = cell.raw('org_unit');
    const code = cell.currency('currency');
    const amount = cell.midpoint(code);
    const held = status !== 'vacant' && status !== 'eliminated';
    const fte = cell.fte(posts, held);
    if (amount === null) cell.payMissing('pay_min');
    else cell.rated('currency', code);
    const title = rowTitle(cell, 'Give the post a title.');
    const anonymous = status === 'group';
    let identity = id;
    if (anonymous) {
      const key = JSON.stringify([none ? '' : manager, unit, cell.raw('title'), cell.raw('grade'), cell.raw('profession')]);
      const nth = (equals.get(key) ?? 0) + 1;
      equals.set(key, nth);
      identity = `${key}~${nth}`;
    }
    // A row that cannot be read keeps its place in the structure, so that its reports are not reported as orphans.
    out.rows.push({
      line: row.line,
      id,
      identity,
      anonymous,
      manager: none ? null : manager,
      reporting: none ? 'none' : 'explicit',
      unit: { path: unit === '' ? [] : [unit], id: null, kind: null, unit_type: null, cost_centre: null },
      head: false,
      title,
      grade: cell.text('grade'),
      job_family: cell.text('profession'),
      location: null,
      country: null,
      status: status === 'eliminated' ? 'closed' : 'open',
      fte,
      posts,
      employment_type: 'permanent',
      pay: amount === null ? null : { amount, basis: 'annual', currency: code },
      holder: held ? { named: false } : null,
    } satisfies SeatRow);
    if (unit.length > 500)
      cell.add(rowFinding(row.line, 'org_unit', unit, 'ROW_INVALID', 'org_unit has more than 500 characters', 'Shorten it.'));
  }
  return out;
};
