import test from 'ava';
import { importFile } from '../src/application/import/index.ts';
import { overview } from '../src/application/read/overview.ts';
import { Decimal, zero } from '../src/domain/decimal.ts';
import { checkWhole } from '../src/import/whole.ts';
import { fileAt, importEngine, naiveRows, type RawRow, sharedData } from './support/import.ts';
import { importTexts, MemoryBaseline } from './support/plan-import.ts';

const FOREVER = '9223372036854775807';

/** Layers counted from the file alone. */
const layersOf = (rows: readonly RawRow[]): number[] => {
  const manager = new Map(rows.map((r) => [r['employee_id'] as string, r['manager_employee_id'] as string]));
  const counts: number[] = [];
  for (const row of rows) {
    let layer = 0;
    for (let up = row['manager_employee_id'] as string; up !== ''; up = manager.get(up) as string) layer++;
    counts[layer] = (counts[layer] ?? 0) + 1;
  }
  return counts;
};

test('AdventureWorks: 290 people in their layers, and pay and departments on the dates of their histories', async (t) => {
  const employees = sharedData(t, 'adventureworks-hr/employees.csv');
  const pays = employees && sharedData(t, 'adventureworks-hr/pay_history.csv');
  const departments = pays && sharedData(t, 'adventureworks-hr/department_history.csv');
  if (!employees || !pays || !departments) return;
  const e = await importEngine(t, { currency: 'USD' });
  const owner = e.caller('owner');
  // In whatever order: what each file is shows in its columns.
  const request = { ...fileAt(departments), beside: [fileAt(employees), fileAt(pays)] };
  const report = await importFile(e.deps, owner, request);
  const people = naiveRows(employees);
  const layers = layersOf(people);
  t.deepEqual(layers, [1, 6, 27, 66, 190]);
  const groups = new Set(people.map((p) => p['department_group']));
  const units = new Set(people.map((p) => p['department']));
  t.like(report, {
    status: 'applied',
    format: 'people',
    rows: 290,
    accepted: 290,
    created: { org_units: groups.size + units.size, positions: 290, actors: 290, placements: 290 },
    managers: { column: 'manager_employee_id', names: 'person', matched: 289, of: 289 },
  });
  const now = await overview.run(e.deps, owner, {});
  t.like(now, { headcount: 290, seats: 290, fte: '290', vacant_positions: 0 });
  t.deepEqual(
    now.layers.map((l) => l.positions),
    layers,
  );

  const annual = (rate: string) => new Decimal(rate).times(40).times(52).toFixed(2, Decimal.ROUND_HALF_EVEN);
  const said = naiveRows(pays).map((p) => `${p['employee_id']} ${p['effective_date']} ${annual(p['hourly_rate'] as string)}`);
  const kept = await e.sql.query<{ who: string; from: string; amount: string }>(
    `select a.source_id as who, c.effective_from::text as from, c.amount::text as amount from compensation_version c
     join actor_version a on a.id = c.actor_id and a.tenant = c.tenant and a.to_position = ${FOREVER} and a.effective_to = 'infinity'
     where c.tenant = $1 and c.to_position = ${FOREVER}`,
    [e.tenant],
  );
  t.deepEqual(kept.map((k) => `${k.who} ${k.from} ${new Decimal(k.amount).toFixed(2)}`).sort(), said.sort());
  const several = new Set(kept.map((k) => k.who).filter((who, i) => kept.findIndex((k) => k.who === who) !== i));
  t.is(several.size, 13);
  const latest = new Map(naiveRows(pays).map((p) => [p['employee_id'] as string, p['hourly_rate'] as string]));
  const sum = [...latest.values()].reduce((total, rate) => total.plus(annual(rate)), zero);
  t.like((now as unknown as { cost: { actual: object } }).cost.actual, {
    annual_base: sum.toFixed(2),
    coverage: { with_pay: 290, of: 290 },
  });

  const moves = await e.sql.query<{ who: string; from: string; unit: string }>(
    `select p.source_id as who, l.effective_from::text as from, u.name as unit from placement_version l
     join position_version p on p.id = l.position_id and p.tenant = l.tenant and p.to_position = ${FOREVER} and p.effective_to = 'infinity'
     join org_unit_version u on u.id = l.unit_id and u.tenant = l.tenant and u.to_position = ${FOREVER}
     where l.tenant = $1 and l.to_position = ${FOREVER}`,
    [e.tenant],
  );
  t.deepEqual(
    moves.map((m) => `${m.who} ${m.from} ${m.unit}`).sort(),
    naiveRows(departments)
      .map((d) => `${d['employee_id']} ${d['start_date']} ${d['department']}`)
      .sort(),
  );
  for (const date of ['2006-07-01', '2009-03-01', '2011-09-01']) {
    const first = new Map<string, string>();
    for (const d of naiveRows(departments))
      if (!first.has(d['employee_id'] as string)) first.set(d['employee_id'] as string, d['start_date'] as string);
    t.like(await overview.run(e.deps, owner, { effective_on: date }), { headcount: [...first.values()].filter((d) => d <= date).length });
  }
  t.is((await importFile(e.deps, owner, request)).status, 'unchanged');
});

test('Chicago: every pay of a salaried person exact, an hourly one turned into a year, FTE from weekly hours, reporting to nobody', (t) => {
  const path = sharedData(t, 'chicago-payroll/payroll.csv');
  if (!path) return;
  const baseline = new MemoryBaseline();
  const plan = importTexts({ 'payroll.csv': fileAt(path).bytes }, baseline, { currency: 'USD' });
  t.like(plan, { passes: true, rows: 32_812, accepted: 32_812, outcome: { created: { positions: 32_812, actors: 32_812 } } });
  const rows = new Map(naiveRows(path).map((r) => [r['employee_id'] as string, r]));
  const who = new Map<string, string>();
  const fte = new Map<string, unknown>();
  for (const c of plan.changes)
    if (c.type === 'ActorAdded') {
      who.set(c.id, c.set['source_id'] as string);
      fte.set(c.set['source_id'] as string, c.set['contract_fte']);
    }
  let salaried = zero;
  let hourly = zero;
  let hourlySaid = zero;
  for (const c of plan.changes) {
    if (c.type === 'PositionCreated') t.is(c.set['reporting'], 'none');
    if (c.type !== 'CompensationSet') continue;
    const row = rows.get(who.get(c.set['actor_id'] as string) as string) as RawRow;
    if (row['salary_or_hourly'] === 'Salary') salaried = salaried.plus(c.set['amount'] as string);
    else {
      hourly = hourly.plus(new Decimal(c.set['amount'] as string).times(fte.get(row['employee_id'] as string) as string));
      hourlySaid = hourlySaid.plus(new Decimal(row['hourly_rate'] as string).times(row['typical_weekly_hours'] as string).times(52));
    }
  }
  t.is(salaried.toFixed(2), '2178570595.68');
  t.is(hourly.toFixed(2), hourlySaid.toFixed(2), 'pay at 1.0 FTE x FTE is rate x weekly hours x 52');
  t.deepEqual(
    [fte.get('chi-02345'), fte.get('chi-00001')],
    [undefined, '1'].map((v) => v ?? null),
  );
  t.deepEqual(
    plan.findings.map((f) => f.code),
    ['FTE_MISSING', 'FTE_MISSING', 'FTE_MISSING'],
  );
});

const list = 'Employee ID,Name,Job Title,Manager,Department,Division,Hourly Rate,Hire Date,Weekly Hours\n';
const staff = `${list}E1,Ann,Chief,,Board,,50.1234,2020-01-01,40\nE2,Ben,Clerk,Ann,Shop,Trade,20.0001,2021-01-01,20\n`;
const rates = 'Employee ID,Effective Date,Hourly Rate\nE2,2021-01-01,18.5\nE2,2023-07-01,20.0001\n';

test('a rate of four decimals is multiplied before it is rounded, once, half-even', (t) => {
  const baseline = new MemoryBaseline();
  t.true(importTexts({ a: staff }, baseline).passes);
  const pay = [...baseline.bySource('compensation', '2026-06-01').values()].map((c) => c['amount']);
  // 50.1234 x 40 x 52 = 104256.672; 20.0001 x 40 x 52 = 41600.208.
  t.deepEqual(pay, ['104256.67', '41600.21']);
  t.is([...baseline.bySource('actor', '2026-06-01').values()][1]?.['contract_fte'], '0.5');
  // 0.0001 x 12.5 x 52 = 0.065 and 0.0003 x 12.5 x 52 = 0.195: ties, rounded to the even cent.
  const ties = importTexts(
    { a: 'Employee ID,Job Title,Hourly Rate,Weekly Hours,Time Type\nA,T,0.0001,12.5,Full Time\nB,T,0.0003,12.5,Full Time\n' },
    new MemoryBaseline(),
  );
  t.deepEqual(
    ties.changes.filter((c) => c.type === 'CompensationSet').map((c) => c.set['amount']),
    ['0.06', '0.20'],
  );
});

test('a second list with a longer history says only what is new, from its date, and corrects what was said wrongly', (t) => {
  const baseline = new MemoryBaseline();
  const first = importTexts({ staff, rates }, baseline);
  t.true(first.passes, JSON.stringify(first.findings));
  t.is(first.managers?.names, 'name');
  t.is(importTexts({ staff, rates }, baseline, { on: '2026-07-01' }).changes.length, 0);
  const raised = importTexts({ staff, rates: `${rates}E2,2026-08-01,21\n` }, baseline, { on: '2026-07-01' });
  t.deepEqual(
    raised.changes.map((c) => [c.type, c.effective_from, c.set['amount'], c.replace_later]),
    [['CompensationSet', '2026-08-01', '43680.00', true]],
  );
  t.like(raised.outcome, { changed: 1, created: { positions: 0 } });
  const mended = importTexts({ staff, rates: `${rates.replace('18.5', '19')}E2,2026-08-01,21\n` }, baseline, { on: '2026-07-01' });
  t.deepEqual(
    mended.changes.map((c) => [c.type, c.effective_from, c.set['amount'], c.replace_later ?? false]),
    [
      ['CompensationSet', '2021-01-01', '39520.00', true],
      ['CompensationSet', '2023-07-01', '41600.21', false],
      ['CompensationSet', '2026-08-01', '43680.00', false],
    ],
  );
  t.is(importTexts({ staff, rates: `${rates.replace('18.5', '19')}E2,2026-08-01,21\n` }, baseline, { on: '2026-07-01' }).changes.length, 0);
  t.deepEqual(checkWhole(baseline.view('2026-07-01', '2020-01-01'), []), []);
});

test('nobody reports to a seat before it is there', (t) => {
  const baseline = new MemoryBaseline();
  const early = staff.replace('2021-01-01', '2015-01-01');
  t.true(importTexts({ staff: early, rates: rates.replace('2021-01-01', '2015-01-01') }, baseline).passes);
  const clerk = (date: string) => baseline.bySource('position', date).get('E2');
  t.like(clerk('2015-01-01'), { reporting: 'none' });
  t.like(clerk('2020-01-01'), {
    reporting: 'explicit',
    manager_id: baseline.bySource('position', '2020-01-01').get('E1')?.['id'] as string,
  });
});

test('faults of a history are told with its file and line, and refuse the import', (t) => {
  const faulty = importTexts(
    {
      staff,
      rates:
        'Employee ID,Effective Date,Hourly Rate\nE9,2021-01-01,18.5\nE2,2021-13-01,1\nE2,2022-01-01,\nE1,2022-01-01,5\nE1,2022-01-01,6\nE1,2022-02-01,-6\n',
    },
    new MemoryBaseline(),
  );
  t.false(faulty.passes);
  t.deepEqual(
    faulty.findings.map((f) => `${f.file} ${f.line} ${f.column} ${f.code}`),
    [
      'rates 2 holder_id REFERENCE_UNKNOWN',
      'rates 3 effective_date ROW_INVALID',
      'rates 4 holder_hourly_pay ROW_INVALID',
      'rates 6 effective_date DUPLICATE_ID',
      'rates 7 holder_hourly_pay AMOUNT_NEGATIVE',
    ],
  );
  t.deepEqual(faulty.beside, [{ file: 'rates', rows: 6, accepted: 1, rejected: 5 }]);
});

test('a manager column names a person or a position, whichever its values match, by id, name or e-mail', (t) => {
  const named = (text: string) => importTexts({ text }, new MemoryBaseline());
  for (const [text, names] of [
    ['Position ID,Title,Employee ID,Manager ID\nP1,A,E1,\nP2,B,E2,P1\nP3,C,E3,P2\n', 'position'],
    ['Position ID,Title,Employee ID,Manager ID\nP1,A,E1,\nP2,B,E2,E1\nP3,C,E3,E2\n', 'person'],
    ['Position ID,Title,Employee ID,Name,Manager\nP1,A,E1,Ann,\nP2,B,E2,Ben,Ann\nP3,C,E3,Cyd,Ben\n', 'name'],
    ['Position ID,Title,Employee ID,Work Email,Supervisor\nP1,A,E1,a@x,\nP2,B,E2,b@x,a@x\nP3,C,E3,c@x,b@x\n', 'email'],
    ['Position ID,Title,Employee ID,Reports To\nP1,A,E1,\nP2,B,E2,E1\nP3,C,E3,E2\n', 'person'],
  ] as const) {
    const plan = named(text);
    t.true(plan.passes, JSON.stringify(plan.findings));
    t.like(plan.managers, { names, matched: 2, of: 2 });
    const seats = new Map(plan.changes.filter((c) => c.type === 'PositionCreated').map((c) => [c.set['source_id'], c]));
    t.deepEqual(
      ['P1', 'P2', 'P3'].map((id) => seats.get(id)?.set['manager_id'] ?? null),
      [null, seats.get('P1')?.id, seats.get('P2')?.id],
    );
  }
  // Two people of one name are nobody.
  const twice = named('Position ID,Title,Employee ID,Name,Manager\nP1,A,E1,Ann,\nP2,B,E2,Ann,\nP3,C,E3,Cyd,Ann\nP4,D,E4,Dot,Cyd\n');
  t.deepEqual(
    twice.findings.filter((f) => f.severity === 'stop').map((f) => `${f.line} ${f.code}`),
    ['4 MANAGER_UNKNOWN'],
  );
});
