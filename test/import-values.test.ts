import test from 'ava';
import fc from 'fast-check';
import { Decimal, zero } from '../src/domain/decimal.ts';
import { recognise } from '../src/import/columns.ts';
import { parseCsv } from '../src/import/csv.ts';
import { decode } from '../src/import/encoding.ts';
import { readInputs } from '../src/import/inputs.ts';
import { looksLikeJson, parseJson } from '../src/import/json.ts';
import { derivedId } from '../src/import/identity.ts';
import { batchesOf } from '../src/import/batches.ts';
import { change } from '../src/domain/changes.ts';
import { splitFte } from '../src/import/split.ts';
import { dateOrder, missing, readCount, readDate, readDecimal, readMoney } from '../src/import/values.ts';

const ok = <T>(read: { ok: T } | { error: string }): T | string => ('ok' in read ? read.ok : read.error);
const money = (text: string): string => {
  const value = ok(readMoney(text));
  return value instanceof Decimal ? value.toFixed() : `! ${value}`;
};

test('an FTE split over posts loses and gains nothing, and no two shares differ by more than a ten-thousandth', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10_000_000_000n }), fc.integer({ min: 1, max: 5000 }), (units, posts) => {
      const total = new Decimal(units.toString()).div(10_000);
      const shares = splitFte(total, posts).map((s) => new Decimal(s));
      const spread = Decimal.max(...shares).minus(Decimal.min(...shares));
      return shares.length === posts && shares.reduce((a, b) => a.plus(b), zero).equals(total) && spread.lessThanOrEqualTo('0.0001');
    }),
    { numRuns: 300 },
  );
  t.deepEqual(splitFte(new Decimal('4.27'), 4), ['1.0675', '1.0675', '1.0675', '1.0675']);
  t.deepEqual(splitFte(new Decimal('1'), 3), ['0.3334', '0.3333', '0.3333']);
  t.throws(() => splitFte(new Decimal('0.00001'), 1), { instanceOf: RangeError });
});

test('money is read as people write it, and what reads two ways is not guessed', (t) => {
  for (const [text, value] of [
    ['52000', '52000'],
    ['£52,000', '52000'],
    ['52,000.50', '52000.5'],
    ['52.000,50 €', '52000.5'],
    ['€ 1.234.567', '1234567'],
    ["CHF 1'234.50", '1234.5'],
    ['1 234,5', '1234.5'],
    ['USD 99.95', '99.95'],
    ['99,95', '99.95'],
    ['12,34,567', '! is no amount of money'],
    ['(500.00)', '-500'],
    ['-5', '-5'],
    ['52.000', '! reads as two different amounts'],
    ['52k', '! is no amount of money'],
    ['1.2.3', '! is no amount of money'],
    ['', '! is no amount of money'],
    ['1e5', '! is no amount of money'],
    ['£', '! is no amount of money'],
  ] as const)
    t.is(money(text), value, text);
});

test('an amount written with thousands marks and two decimals is read back as it was, in both conventions', (t) => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 99_999_999_999n }),
      fc.constantFrom([',', '.'], ['.', ','], [' ', ','], ["'", '.'], ['\u00a0', ',']),
      (cents, [mark, point]) => {
        const whole = (cents / 100n).toString().replace(/\B(?=(\d{3})+$)/g, mark as string);
        const text = `${whole}${point}${(cents % 100n).toString().padStart(2, '0')}`;
        return money(text) === new Decimal(cents.toString()).div(100).toFixed();
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});

test('decimals take a comma or a point and keep every digit', (t) => {
  const decimal = (text: string) => String(ok(readDecimal(text)));
  t.is(decimal('0.8'), '0.8');
  t.is(decimal('0,125'), '0.125');
  t.is(decimal('0.9213'), '0.9213');
  t.is(decimal('1,500'), 'reads as two different numbers');
  t.is(decimal('50%'), '50');
  t.is(decimal('abc'), 'is no number');
});

test('empty, not applicable and not disclosed are told apart, and a zero is none of them', (t) => {
  t.deepEqual(['', '  ', 'N/A', '-', 'N/D', 'Undisclosed', '0', 'x'].map(missing), [
    'empty',
    'empty',
    'not_applicable',
    'not_applicable',
    'not_disclosed',
    'not_disclosed',
    undefined,
    undefined,
  ]);
});

test('a date is ISO first; one that reads two ways is asked about unless the column proves its order', (t) => {
  t.is(ok(readDate('2026-03-04')), '2026-03-04');
  t.is(ok(readDate('20260304')), '2026-03-04');
  t.is(ok(readDate('2026-03-04T10:00:00Z')), '2026-03-04');
  t.is(ok(readDate('2026-02-30')), 'is no date');
  t.is(ok(readDate('31/03/2026')), '2026-03-31');
  t.is(ok(readDate('03/31/2026')), '2026-03-31');
  t.is(ok(readDate('04/04/2026')), '2026-04-04');
  t.is(ok(readDate('03/04/2026')), 'is 2026-04-03 or 2026-03-04');
  t.is(ok(readDate('03/04/2026', dateOrder(['03/04/2026', '31/12/2025']))), '2026-04-03');
  t.is(ok(readDate('03/04/2026', dateOrder(['12/31/2025', '03/04/2026']))), '2026-03-04');
  t.is(dateOrder(['31/12/2025', '12/31/2025']), undefined);
  t.is(ok(readDate('03/04/2026', 'dmy')), '2026-04-03');
  t.is(ok(readDate('03/04/2026', 'mdy')), '2026-03-04');
  t.is(ok(readDate('31/12/2026', 'mdy')), 'is no date', 'the order that was said is not bent for one cell');
});

test('a count is a whole number from one on', (t) => {
  t.is(ok(readCount('12', 100)), 12);
  t.is(ok(readCount('12.0', 100)), 12);
  for (const bad of ['0', '-1', '1.5', '101', 'x', '1e1']) t.is(typeof ok(readCount(bad, 100)), 'string', bad);
});

test('the encoding of a file is found, with or without a byte order mark', (t) => {
  const text = 'position_id,title\n007,Führerin Zürich\n';
  const utf16 = (big: boolean, mark: boolean) => {
    const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');
    return big ? bytes.swap16() : bytes;
  };
  for (const [bytes, encoding] of [
    [Buffer.from(text), 'utf-8'],
    [Buffer.from(`\ufeff${text}`), 'utf-8'],
    [Buffer.from(text, 'latin1'), 'windows-1252'],
    [utf16(false, true), 'utf-16le'],
    [utf16(true, true), 'utf-16be'],
    [utf16(false, false), 'utf-16le'],
    [utf16(true, false), 'utf-16be'],
  ] as const)
    t.deepEqual(decode(bytes), { text, encoding });
  t.is(decode(Buffer.from([0x80, 0x35])).text, '€5');
});

test('the delimiter is found in the header, quoted ones aside, and each row knows its line in the file', (t) => {
  for (const d of [',', ';', '\t', '|']) {
    const table = parseCsv(`\r\n"a,;\t|b"${d}title${d}x\r\n1${d}"two\r\nlines"${d}3\r\n\r\n ${d}${d}\r\n4${d}"say ""hi"""${d}6`);
    t.is(table.delimiter, d);
    t.deepEqual(table.header, ['a,;\t|b', 'title', 'x']);
    t.deepEqual(
      [...table.rows],
      [
        { line: 3, cells: ['1', 'two\r\nlines', '3'] },
        { line: 7, cells: ['4', 'say "hi"', '6'] },
      ],
    );
  }
  t.like(
    t.throws(() => parseCsv('a,b\n1,"open\n')),
    { code: 'ROW_INVALID' },
  );
  t.like(
    t.throws(() => parseCsv('  \n')),
    { code: 'INPUT_INVALID' },
  );
});

test('headings are matched by their letters and digits, aliases included, and a mapping wins over both', (t) => {
  const layout = recognise(['Position ID', 'JOB_TITLE', 'Reports-To', 'favourite colour']);
  t.deepEqual(layout.mapping, { position_id: 'Position ID', title: 'JOB_TITLE', manager_position_id: 'Reports-To' });
  t.deepEqual(layout.unknown, ['favourite colour']);
  t.is(layout.format, 'csv');
  t.is(recognise(['nr', 'title'], { position_id: 'nr' }).at.position_id, 0);
  t.is(recognise(['nr', 'position_id', 'title'], { position_id: 'nr' }).at.position_id, 0);
  t.like(
    t.throws(() => recognise(['title'])),
    { code: 'INPUT_INVALID' },
  );
  t.like(
    t.throws(() => recognise(['position_id', 'Post Unique Reference', 'title'])),
    { code: 'INPUT_INVALID' },
  );
  t.like(
    t.throws(() => recognise(['position_id', 'title'], { colour: 'x' })),
    { code: 'INPUT_INVALID' },
  );
  t.like(
    t.throws(() => recognise(['position_id', 'title'], { grade: 'x' })),
    { code: 'INPUT_INVALID' },
  );
});

test('derived ids are the same for the same parts and differ where the parts are cut elsewhere', (t) => {
  t.is(derivedId('a', 1), derivedId('a', 1));
  t.not(derivedId('ab', 'c'), derivedId('a', 'bc'));
  t.not(derivedId('1:a'), derivedId('1', 'a'));
  t.regex(derivedId('x'), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('batches keep every change in its order and below the limit', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 300, unit: 'grapheme' }), { maxLength: 60 }), (titles) => {
      const changes = titles.map((title, i) => change('PositionUpdated', derivedId(i), '2026-01-01', { title }));
      const batches = batchesOf(changes, 1200);
      return (
        batches.flat().length === changes.length &&
        batches.flat().every((c, i) => JSON.stringify(c) === JSON.stringify(changes[i])) &&
        batches.every((b) => b.length === 1 || Buffer.byteLength(JSON.stringify(b)) <= 1200 + 2)
      );
    }),
    { numRuns: 100 },
  );
  t.pass();
});

test('JSON is read as a table: numbers keep every digit, keys are headings in the order they come, what is nested is refused', (t) => {
  const read = parseJson(
    '[{"position_id": 7, "title": "Chief", "pay": 2178570595.68}, {"title": "Clerk", "unit_head": true, "fte": 0.12345678901234567890}]',
  );
  t.deepEqual(read, {
    delimiter: ',',
    header: ['position_id', 'title', 'pay', 'unit_head', 'fte'],
    rows: [
      { line: 1, cells: ['7', 'Chief', '2178570595.68', '', ''] },
      { line: 2, cells: ['', 'Clerk', '', 'yes', '0.12345678901234567890'] },
    ],
  });
  t.true(looksLikeJson(' [ {"a": 1}]'));
  t.false(looksLikeJson('[a],b\n1,2\n'));
  for (const [text, code] of [
    ['[{"a": 1},', 'INPUT_INVALID'],
    ['[]', 'INPUT_INVALID'],
    ['[{"a": [1]}]', 'ROW_INVALID'],
    ['[{"a": 1}, 2]', 'ROW_INVALID'],
  ] as const)
    t.like(
      t.throws(() => parseJson(text)),
      { code },
      text,
    );
});

test('the shape of a file shows in its columns, those of common exports included', (t) => {
  for (const [header, format, known] of [
    ['Employee #|First Name|Last Name|Job Title|Department|Division|Location|Reporting To|Hire Date|Pay Rate|Pay Type', 'people', 11],
    [
      'Worker ID|Worker|Position ID|Business Title|Supervisory Organization|Cost Center|Management Level|Manager ID|FTE|Scheduled Weekly Hours',
      'csv',
      10,
    ],
    ['Person ID|Name|Job ID|Title|Manager ID|Department|Base Comp|Currency|Start Date', 'csv', 9],
    ['Employee ID|Employee Name|Job Title|Manager ID|Department|Location|Salary|FTE', 'people', 8],
    [
      'Position ID|Parent Position ID|Full Name|Position Title|Grade|FTE|Base Salary|Business Unit|Function|Location|Cost Centre',
      'csv',
      11,
    ],
    ['Position ID|Supervisor ID|Name|Title|Department|Employee ID|Location|Email', 'csv', 8],
    ['source|team_id|parent_team_id|name|type|description', 'teams', 6],
    ['source|team_id|person_id|role', 'memberships', 4],
    ['employee_id|effective_date|hourly_rate', 'pay_history', 3],
    ['employee_id|department|shift_id|start_date|end_date', 'department_history', 4],
  ] as const) {
    const headings = header.split('|');
    const layout = recognise(headings);
    t.is(layout.format, format, header);
    t.is(Object.keys(layout.mapping).length, known, `${header}: ${layout.unknown}`);
  }
});

test('files of one import are told apart by their columns, and what does not belong together is refused', (t) => {
  const files = {
    people: 'Employee ID,Job Title\nE1,Chief\n',
    pay: 'Employee ID,Effective Date,Salary\nE1,2020-01-01,5\n',
    teams: 'team_id,name\nA,Alpha\n',
    members: 'team_id,person_id\nA,E1\n',
  };
  const read = (...names: (keyof typeof files)[]) => readInputs(names.map((name) => ({ name, bytes: Buffer.from(files[name]) })));
  t.is(read('pay', 'people').main.name, 'people');
  t.is(read('members', 'teams').beside.memberships?.name, 'members');
  t.is(read('members').main.layout.format, 'memberships');
  for (const names of [['pay'], ['people', 'teams'], ['people', 'members'], ['people', 'pay', 'pay'], ['pay', 'members']] as const)
    t.like(
      t.throws(() => read(...names)),
      { code: 'INPUT_INVALID' },
      names.join(),
    );
  const given = [
    { name: 'x', bytes: Buffer.from('Nr,Job Title,When\n1,Chief,2020-01-01\n') },
    { name: 'pay', bytes: Buffer.from('Nr,Effective Date,Salary\n1,2020-01-01,5\n') },
  ];
  t.is(readInputs(given, { holder_id: 'Nr' }).beside.pay_history?.layout.at.holder_id, 0);
  t.like(
    t.throws(() => readInputs(given, { holder_id: 'Nr', grade: 'Rank' })),
    { code: 'INPUT_INVALID' },
  );
});
