import { readFileSync } from 'node:fs';
import test from 'ava';
import { importFile } from '../../src/application/import/index.ts';
import { Decimal } from '../../src/domain/decimal.ts';
import { type Answer, ask } from '../queries/ask.ts';
import { fileAt, importEngine, sharedData } from '../support/import.ts';

/*
 * The golden sums, in cents and to the digit, by the file alone (Python 3):
 *   import csv; from decimal import Decimal as D
 *   rows = list(csv.DictReader(open('payroll.csv'))); paid = [r for r in rows if r['salary_or_hourly'] == 'Salary']
 *   print(len(paid), sum(D(r['annual_salary']) for r in paid))
 *   print(sum(D(r['annual_salary']) for r in paid if r['department'] == 'POLICE'))
 *   print(len(rows), sum(D(r['hourly_rate']) * 52 * (D(r['typical_weekly_hours']) if r['full_or_part_time'] == 'F' else 40)
 *     for r in rows if r['salary_or_hourly'] != 'Salary'))
 */
const salaried = { people: 24_951, sum: '2178570595.68', departments: 36, police: '1136546646.00' };
/** Pay of 1.0 FTE and a year: the rate for full weeks, which are their own weeks for those who work full time. */
const hourly = { people: 7_861, sum: '533249997.80' };

const now = new Date('2026-06-15T10:00:00Z');

/** Every group of a cost summary, page by page. */
const groupsOf = async (e: Parameters<typeof ask>[0], input: Record<string, unknown>): Promise<Answer[]> => {
  const groups: Answer[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask(e, 'cost.summary', { ...input, limit: 20, ...(cursor ? { cursor } : {}) });
    groups.push(...page.groups);
    cursor = page.next_cursor;
    if (!cursor) return groups;
  }
};

const added = (groups: Answer[], pick: (group: Answer) => string): string =>
  groups.reduce((sum: Decimal, group: Answer) => sum.plus(pick(group)), new Decimal(0)).toFixed(2);

test('the salaried of Chicago, imported, come to 2,178,570,595.68 through the overview and through every cost summary', async (t) => {
  t.timeout(600_000);
  const path = sharedData(t, 'chicago-payroll/payroll.csv');
  if (!path) return;
  const [header, ...lines] = readFileSync(path, 'utf8').split(/\r?\n/);
  const bytes = Buffer.from([header, ...lines.filter((line) => line.includes(',Salary,'))].join('\n'));
  const e = await importEngine(t, { currency: 'USD' }, now);
  t.like(await importFile(e.deps, e.caller('owner'), { bytes, file_name: 'salaried.csv' }), { status: 'applied' });
  const overview = await ask(e, 'org.overview');
  const side = { annual_base: salaried.sum, currency: 'USD', coverage: { with_pay: salaried.people, of: salaried.people } };
  t.like(overview.cost, { actual: side });
  t.is(overview.headcount, salaried.people);
  for (const by of ['unit', 'grade', 'country', 'employment_type', 'actor_kind']) {
    const groups = await groupsOf(e, { by });
    t.is(
      added(groups, (g) => g.actual.annual_base),
      salaried.sum,
      by,
    );
    if (by === 'unit') {
      t.is(groups.length, salaried.departments);
      t.is(groups.find((g) => g.name === 'POLICE')?.actual.annual_base, salaried.police);
    }
  }
});

test('the whole payroll of Chicago, imported, comes to the salaries and the hourly rates of full weeks', async (t) => {
  t.timeout(600_000);
  const path = sharedData(t, 'chicago-payroll/payroll.csv');
  if (!path) return;
  const e = await importEngine(t, { currency: 'USD' }, now);
  t.like(await importFile(e.deps, e.caller('owner'), fileAt(path)), { status: 'applied' });
  const people = salaried.people + hourly.people;
  const sum = new Decimal(salaried.sum).plus(hourly.sum).toFixed(2);
  t.like((await ask(e, 'org.overview')).cost.actual, { annual_base: sum, coverage: { with_pay: people, of: people } });
  t.is(
    added(await groupsOf(e, { by: 'unit' }), (g) => g.actual.annual_base),
    sum,
  );
});
