import test from 'ava';
import { readChange } from '../src/domain/changes.ts';
import { parseCsv } from '../src/import/csv.ts';
import { readInputs } from '../src/import/inputs.ts';
import { looksLikeJson, parseJson } from '../src/import/json.ts';
import { parseRepairs } from '../src/import/repairs.ts';
import { rejectedCsv } from '../src/import/report.ts';
import { memoryScratch } from '../src/import/scratch.ts';
import { readDate, readMoney } from '../src/import/values.ts';
import { importText, importTexts, MemoryBaseline, planText } from './support/plan-import.ts';

const on = '2026-06-01';
const stops = (text: string, baseline = new MemoryBaseline()): string[] =>
  planText(text, baseline)
    .findings.filter((f) => f.severity === 'stop')
    .map((f) => `${f.line} ${f.column} ${f.code}`);
const messageOf = (t: { throws: (run: () => unknown) => Error | undefined }, run: () => unknown): string => String(t.throws(run)?.message);
const statusOf = (baseline: MemoryBaseline, kind: 'position' | 'actor' | 'org_unit', id: string) =>
  baseline.bySource(kind, on).get(id)?.['status'];

test('lines of a file may end in both ways, as when it was put together from two', (t) => {
  for (const [first, second] of [
    ['\n', '\r\n'],
    ['\r\n', '\n'],
    ['\r', '\n'],
    ['\r', '\r\n'],
  ]) {
    const text = `id,title${first}1,"a"${first}2,b${second}3,"c${second}d"${second}4,e${first}`;
    for (const given of [text, [...text]])
      t.deepEqual(
        [...parseCsv(given, memoryScratch, 1).rows].map((r) => `${r.line} ${r.cells[0]}`),
        ['2 1', '3 2', '4 3', '6 4'],
        JSON.stringify(text),
      );
  }
});

test('a quote that is not closed is told with the line of the row it stands in, however much follows', (t) => {
  const rows = Array.from({ length: 500 }, (_, i) => `${i},t`).join('\n');
  t.regex(
    messageOf(t, () => parseCsv(`id,title\n7,"open\n${rows}\n`)),
    /row that begins on line 2 is not closed/,
  );
  t.regex(
    messageOf(t, () => parseCsv(`id,title\n7,"open\n${rows}\n8,"x"\n`)),
    /near line 503 .* begins on line 2/,
  );
  // It is not gathered without end: of a file of gigabytes the rest would not fit in memory.
  t.regex(
    messageOf(t, () => parseCsv([`id,title\n1,a\n7,"open\n`, rows, rows], memoryScratch, 10, 1000)),
    /line 3 has no end within 1000/,
  );
});

test('a line that says the delimiter is no header, and a header below a title is pointed at', (t) => {
  const table = parseCsv('sep=;\nid;title\n1;"a,b"\n');
  t.is(table.delimiter, ';');
  t.deepEqual([...table.rows], [{ line: 3, cells: ['1', 'a,b'] }]);
  const read = (text: string) => readInputs([{ name: 'f.csv', bytes: Buffer.from(text) }]);
  t.regex(
    messageOf(t, () => read('Headcount 2026\n\nposition_id,title\n1,a\n')),
    /on line 3 looks like/,
  );
  t.regex(
    messageOf(t, () => read('Headcount, of all\nposition_id;title;fte\n1;a;1\n')),
    /on line 2 looks like/,
  );
  t.regex(
    messageOf(t, () => read('one,two\nthree,four\n')),
    /has no column for position_id and title/,
  );
});

test('a file that is no text says what it is', (t) => {
  const read = (bytes: Uint8Array) => messageOf(t, () => readInputs([{ name: 'f.csv', bytes }]));
  t.regex(read(Buffer.from('PK\x03\x04 and so on')), /Excel workbook or another zip/);
  t.regex(read(Buffer.from('d0cf11e0a1b11ae1', 'hex')), /Excel workbook/);
  t.regex(read(Buffer.from('1f8b0800', 'hex')), /is compressed/);
  t.regex(read(Buffer.from('%PDF-1.7')), /is a PDF/);
  t.regex(read(Buffer.alloc(400)), /is not a text file/);
  t.regex(read(Buffer.from('position_id,title\n1,a\n'.split('').join('\0\0\0'))), /is not a text file/);
});

test('words that every object knows are no words of an import', (t) => {
  t.deepEqual(stops('position_id,title,status,employment_type\nA,T,constructor,\nB,T,,__proto__\n'), [
    '2 status ROW_INVALID',
    '3 employment_type ROW_INVALID',
  ]);
  t.like(
    t.throws(() => parseRepairs({ constructor: 'first' })),
    { code: 'INPUT_INVALID' },
  );
  t.deepEqual(
    [...parseJson('[{"a":"1"},{"a":"2","__proto__":"x","constructor":"y"}]').rows].map((r) => r.cells),
    [
      ['1', '', ''],
      ['2', 'x', 'y'],
    ],
  );
  t.true(looksLikeJson('{"positions": []}'));
  t.regex(
    messageOf(t, () => parseJson('{"positions": []}')),
    /no array/,
  );
});

test('an amount marked as of another currency than its row is not taken for one of it', (t) => {
  for (const [text, currency, fits] of [
    ['£12,000', 'GBP', true],
    ['£12,000', 'EUR', false],
    ['€12,000', 'GBP', false],
    ['12,000 eur', 'EUR', true],
    ['12,000 EUR', 'USD', false],
    ['USD 12,000', 'USD', true],
    ["CHF 5'000", 'CHF', true],
    ["CHF 5'000", 'GBP', false],
    ['Fr. 50', 'CHF', true],
    ['500 kr', 'SEK', true],
    ['500 kr.', 'EUR', false],
    ['900 zł', 'PLN', true],
    ['¥900', 'CNY', true],
    ['$5', 'CAD', true],
    ['$5', 'EUR', false],
    ['(€5.00)', 'GBP', false],
    ['12000', 'GBP', true],
    ['100 abc', 'GBP', false],
  ] as const)
    t.is('ok' in readMoney(text, currency), fits, `${text} in ${currency}`);
  t.deepEqual(stops('position_id,title,pay\nA,T,£5\n'), ['2 pay ROW_INVALID']);
  t.deepEqual(stops('Employee ID,Job Title,Hourly Rate\nA,T,$20.5\n'), ['2 holder_hourly_pay ROW_INVALID']);
});

test('an FTE in percent is of one; an allocation is percent anyway', (t) => {
  const baseline = new MemoryBaseline();
  importText('position_id,title,fte,holder_id,allocation\nA,T,50%,H,80%\nB,T,100 %,I,80\n', baseline);
  const seats = baseline.bySource('position', on);
  t.deepEqual(
    ['A', 'B'].map((id) => seats.get(id)?.['capacity_fte']),
    ['0.5', '1'],
  );
  t.deepEqual(
    ['H@A', 'I@B'].map((id) => baseline.bySource('placement', on).get(id)?.['allocation']),
    ['80', '80'],
  );
});

test('a date may have its year first with any mark between, and what is no date says what it looks like', (t) => {
  for (const text of ['2026/03/04', '2026.3.4', '2026-03-04 10:00', '20260304']) t.deepEqual(readDate(text), { ok: '2026-03-04' });
  for (const [text, advice] of [
    ['44927', /2023-01-01/],
    ['45000.5', /2023-03-15/],
    ['01/02/26', /four digits/],
    ['31/02/2020', /no such day/],
    ['2026-02-29', /no such day/],
    ['soon', /YYYY-MM-DD/],
  ] as const) {
    const read = readDate(text);
    t.true('error' in read && advice.test(read.suggestion), `${text}: ${JSON.stringify(read)}`);
  }
});

test('a loop of very many rows is told at each of them, and shortly', (t) => {
  const rows = 3000;
  const loop = Array.from({ length: rows }, (_, i) => `P${i},T,P${(i + 1) % rows}\n`).join('');
  const text = `position_id,title,manager_position_id\n${loop}`;
  const plan = planText(text, new MemoryBaseline());
  t.is(plan.findings.filter((f) => f.code === 'REPORTS_CYCLE').length, rows);
  t.true(plan.findings.every((f) => f.message.length < 300));
  t.true(rejectedCsv(parseCsv(text), plan.findings).length < 500 * rows);
  const teams = Array.from({ length: rows }, (_, i) => `T${i},N,T${(i + 1) % rows}\n`).join('');
  const judged = planText(`team_id,name,parent_team_id\n${teams}`, new MemoryBaseline());
  t.true(judged.findings.length === rows && judged.findings.every((f) => f.message.length < 300));
});

test('a chain of teams below a refused one is refused to its end, in whatever order it stands', (t) => {
  const rows = Array.from({ length: 400 }, (_, i) => `T${i},N,${i === 0 ? 'nowhere' : `T${i - 1}`}\n`);
  for (const chain of [rows, rows.toReversed()]) {
    const text = `team_id,name,parent_team_id\n${chain.join('')}X,N,\n`;
    const plan = planText(text, new MemoryBaseline(), { skipRejected: true });
    t.like(plan, { passes: true, accepted: 1, rejected: 400 });
  }
});

test('managers are found by e-mail and name whatever the case and the accents; the column and the reason are those of the file', (t) => {
  const people = (managers: readonly string[]) =>
    `Position ID,Title,Employee ID,Name,Manager\n${managers.map((m, i) => `P${i},T,E${i},${['Zoë Lee', 'Bob', 'Bob', 'Cyd'][i]},${m}\n`).join('')}`;
  const found = planText(people(['', 'zoe\u0308 lee', 'ZOË LEE', 'Zoë Lee']), new MemoryBaseline());
  t.like(found, { passes: true, managers: { names: 'name', matched: 3, of: 3 } });
  const twice = planText(people(['', 'Zoë Lee', 'Zoë Lee', 'Bob']), new MemoryBaseline());
  t.deepEqual(
    twice.findings.filter((f) => f.severity === 'stop').map((f) => `${f.line} ${f.column} ${f.message}`),
    ['5 manager_id the manager "Bob" is the name of nobody in the file, or of several'],
  );
  const mail = planText(
    'Position ID,Title,Employee ID,Email,Manager\nP1,T,E1,Ann@X.com,\nP2,T,E2,b@x.com,ann@x.COM\n',
    new MemoryBaseline(),
  );
  t.like(mail, { passes: true, managers: { names: 'email', matched: 1 } });
});

test('what was closed for being absent is there again when a later file names it, with its holder, without a column for the status', (t) => {
  for (const [file, without] of [
    ['position_id,title,org_unit,holder_id\nA,T,U,H\nB,T,V,I\nC,T,V,\n', 'position_id,title,org_unit,holder_id\nA,T,U,H\n'],
    ['Employee ID,Job Title,Department\nA,T,U\nB,T,V\nC,T,V\n', 'Employee ID,Job Title,Department\nA,T,U\n'],
  ] as const) {
    const baseline = new MemoryBaseline();
    importText(file, baseline);
    importText(without, baseline, { complete: true });
    t.is(statusOf(baseline, 'position', 'B'), 'closed');
    const back = importText(file, baseline);
    for (const c of back.changes) readChange(JSON.parse(JSON.stringify(c)));
    t.is(back.outcome.changed, 2);
    for (const id of ['A', 'B', 'C']) {
      const { status, close_reason = null } = baseline.bySource('position', on).get(id) ?? {};
      t.deepEqual([status, close_reason], ['open', null]);
    }
    t.is(statusOf(baseline, 'org_unit', 'V'), 'active');
    t.is(planText(file, baseline).changes.length, 0);
  }
  // A row that stands for fewer posts and for more again opens the same ones.
  const baseline = new MemoryBaseline();
  for (const posts of [3, 1, 3]) importText(`position_id,title,posts\nX,T,${posts}\n`, baseline);
  t.deepEqual(
    ['X#1', 'X#2', 'X#3'].map((id) => statusOf(baseline, 'position', id)),
    ['open', 'open', 'open'],
  );
});

test('a complete file of which rows were rejected closes nothing for being absent, and says so', (t) => {
  const head = 'position_id,title,fte,holder_id\n';
  const baseline = new MemoryBaseline();
  importText(`${head}A,T,1,H\nB,T,1,I\nC,T,1,J\n`, baseline);
  const faulty = planText(`${head}A,T,1,H\nB,T,half,I\n`, baseline, { complete: true, skipRejected: true });
  t.like(faulty, { passes: true, accepted: 1, rejected: 1 });
  t.like(faulty.outcome, { closed: 0, closed_as_absent: 0 });
  t.is(faulty.changes.length, 0);
  t.true(faulty.assumed.some((a) => a.includes('nothing closes for being absent')));
  const mended = planText(`${head}A,T,1,H\nB,T,1,I\n`, baseline, { complete: true, skipRejected: true });
  t.like(mended.outcome, { closed: 1, closed_as_absent: 1 });
  t.deepEqual(mended.assumed, []);
  const teams = new MemoryBaseline();
  importTexts({ teams: 'team_id,name\nA,Alpha\nB,Beta\n' }, teams);
  const refused = importTexts({ teams: 'team_id,name\nA,Alpha\nB,\n' }, teams, { complete: true, skipRejected: true });
  t.true(refused.passes && refused.changes.length === 0 && refused.assumed.length === 1);
});
