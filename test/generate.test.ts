import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { type DirtRate, dirtOf } from '../src/generate/dirt.ts';
import { chicagoPay, dirtRates, eliminated, grades, tenureDays, vacant } from '../src/generate/figures.ts';
import { fileOf } from '../src/generate/file.ts';
import { passMonth } from '../src/generate/months.ts';
import { type GenerateSettings, generate } from '../src/generate/organisation.ts';
import { rateText } from '../src/generate/places.ts';
import { dice } from '../src/generate/random.ts';
import { layerSizes, POOL } from '../src/generate/structure.ts';
import { daysBetween } from '../src/domain/dates.ts';
import { dataFolder, orgonaut } from './support/cli.ts';

const settings = (more: Partial<GenerateSettings> = {}): GenerateSettings => ({
  positions: 2_000,
  seed: 1,
  currency: 'GBP',
  on: '2026-01-01',
  names: false,
  ...more,
});

type Cells = Record<string, string>;
/** Reads a generated file with nothing of the import: no cell of it has quotes. */
const rowsOf = (text: string): Cells[] => {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    if (cells.length !== names.length) throw new Error(`a row of ${cells.length} cells: ${line}`);
    return Object.fromEntries(cells.map((cell, i) => [names[i] as string, cell]));
  });
};
const textOf = (s: GenerateSettings, dirt?: DirtRate): string => {
  const o = generate(s);
  return [...fileOf(o, dirt === undefined ? undefined : dirtOf(o, dirt).filter)].join('');
};
const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const count = <T>(list: readonly T[], which: (item: T) => boolean): number => list.reduce((n, item) => n + (which(item) ? 1 : 0), 0);
const at = (sorted: readonly number[], perThousand: number): number => sorted[Math.floor((sorted.length * perThousand) / 1_000)] as number;

test('the same seed gives the same bytes on every machine', (t) => {
  t.deepEqual(
    [
      sha(textOf(settings({ positions: 1 }))),
      sha(textOf(settings({ positions: 240, seed: 4_294_967_295, currency: 'EUR', names: true }))),
      sha(textOf(settings({ positions: 12_000, seed: 7 }))),
      sha(textOf(settings({ positions: 12_000, seed: 7 }), 'profile')),
    ],
    [
      'f71228d909ea6e6506a1435e468aec4a54eb2eee509d0ea76b7c5f7d9ca8e6ea',
      '805e4bae514db0f530b3e5469e39a287a6695c71bb7a1fd8e9868cb8f47b6029',
      '33163037bbf9aff56435b911fdd7da205d9f723427d6a4f63f16efe78443fb7a',
      'a0fae6d986f09fcf239227a688045fe9b8085b9f530d6c32315ff4631436980e',
    ],
  );
  const o = generate(settings({ positions: 5_000, seed: 3 }));
  t.is(sha(JSON.stringify([passMonth(o, 1), passMonth(o, 2)])), 'ecb67b8650f88b9ade5755aed386d4a39b73848a5268659c18300065ce99421b');
  t.not(sha(textOf(settings({ seed: 1 }))), sha(textOf(settings({ seed: 2 }))));
});

test('dice fall evenly, whoever asks and whatever is asked', (t) => {
  const d = dice(42);
  for (const ask of ['span', 'pay', 'dirt'] as const) {
    const fell = new Array<number>(16).fill(0);
    for (let who = 0; who < 160_000; who++) fell[d.below(16, ask, who)] = (fell[d.below(16, ask, who)] as number) + 1;
    // Chi-squared with 15 degrees of freedom: above 37.7 once in a thousand.
    const chi = fell.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    t.true(chi < 37.7, `${ask}: ${chi}`);
  }
});

test('layers add up to the positions asked for, and only the last ones shrink', (t) => {
  for (const n of [1, 2, 11, 12, 13, 100, 999, 10_000, 67_196, 1_000_000, 2_000_000]) {
    const sizes = layerSizes(n);
    t.is(
      sizes.reduce((a, b) => a + b, 0),
      n,
    );
    t.true(sizes.every((size) => size > 0));
    sizes.slice(1, -1).forEach((size, i) => void t.true(size >= (sizes[i] as number), `${n}: layer ${i + 2}`));
  }
  t.true(layerSizes(1_000_000).length <= 12);
});

test('spans, grades, pay, FTE, vacancies and tenure are those of the figures', (t) => {
  const n = 60_000;
  const rows = rowsOf(textOf(settings({ positions: n, seed: 11 })));
  t.is(rows.length, n);
  t.is(new Set(rows.map((r) => r.position_id)).size, n);

  const spans = new Map<string, number>();
  for (const r of rows) if (r.manager_position_id) spans.set(r.manager_position_id, (spans.get(r.manager_position_id) ?? 0) + 1);
  const pool = Math.max(...spans.values());
  t.is(pool, POOL, 'one post has more than 1,000 direct reports');
  const sorted = [...spans.values()].sort((a, b) => a - b);
  t.is(
    count(sorted, (s) => s > 40),
    1,
    'and only one',
  );
  const managers = sorted.length;
  const mean = (n - 1 - pool) / (managers - 1);
  t.true(mean > 4.1 && mean < 4.4, `mean span ${mean}, the figure is 4.21`);
  const quantiles = [50, 250, 500, 750, 900, 950, 990].map((p) => at(sorted, p));
  [1, 2, 4, 5, 8, 10, 17].forEach(
    (figure, i) => void t.true(Math.abs((quantiles[i] as number) - figure) <= 1, `span quantiles ${quantiles}`),
  );
  const perThousand = (of: number, all: number) => (of * 1_000) / all;
  t.true(
    Math.abs(
      perThousand(
        count(sorted, (s) => s < 5),
        managers,
      ) - 646,
    ) < 25,
  );
  t.true(Math.abs(perThousand(managers, n) - 231) < 15);

  const leaves = rows.filter((r) => !spans.has(r.position_id as string));
  t.true(
    Math.abs(
      perThousand(
        count(leaves, (r) => r.status === 'closed'),
        leaves.length,
      ) -
        eliminated / 10,
    ) < 3,
  );
  const open = rows.filter((r) => r.status === 'open');
  const empty = count(open, (r) => r.holder_id === '');
  t.true(Math.abs(perThousand(empty, open.length) - vacant / 10) < 3);

  const people = rows.filter((r) => r.holder_kind !== 'robot' && r.holder_kind !== 'ai_agent');
  t.true(
    Math.abs(
      perThousand(
        count(people, (r) => r.fte === '1'),
        people.length,
      ) - 952.4,
    ) < 4,
  );
  t.true(rows.every((r) => /^(1|0\.\d{1,2})$/.test(r.fte as string)));

  // The pool is all junior: shares are told of the rest.
  const head = [...spans].find(([, s]) => s === pool)?.[0];
  const graded = people.filter((r) => r.manager_position_id !== head);
  for (const { grade, share, low, high } of grades) {
    const of = graded.filter((r) => r.grade === grade);
    t.true(
      Math.abs((of.length * 10_000) / graded.length - share) < 130,
      `${grade}: ${(of.length * 10_000) / graded.length} of 10,000, not ${share}`,
    );
    const inPounds = of.filter((r) => r.currency === 'GBP' && r.pay_basis === 'annual').map((r) => Number(r.pay));
    t.true(
      inPounds.every((pay) => pay >= low && pay <= high + 1),
      `${grade} pays within its band`,
    );
    t.true(Math.min(...inPounds) < low + (high - low) / 10 && Math.max(...inPounds) > high - (high - low) / 10);
  }
  const dollars = graded
    .filter((r) => r.currency === 'USD' && r.pay_basis === 'annual')
    .map((r) => Number(r.pay))
    .sort((a, b) => a - b);
  for (const [p, pay] of chicagoPay.slice(1, -1))
    t.true(Math.abs(at(dollars, p) / pay - 1) < 0.05, `${p}: ${at(dollars, p)} and not ${pay}`);

  const days = rows
    .filter((r) => r.start_date && (r.start_date as string) < '2026-01-01')
    .map((r) => daysBetween(r.start_date as string, '2026-01-01'))
    .sort((a, b) => a - b);
  for (const [p, figure] of tenureDays.slice(1))
    t.true(Math.abs(at(days, p) / figure - 1) < 0.03, `tenure ${p}: ${at(days, p)}, not ${figure}`);

  const has = (which: (r: Cells) => boolean) => t.true(rows.some(which));
  has((r) => r.employment_type === 'contractor' && r.pay_basis === 'daily');
  has((r) => r.holder_kind === 'robot');
  has((r) => r.holder_kind === 'ai_agent');
  has((r) => r.status === 'planned' && r.holder_id === '');
  has((r) => (r.start_date as string) > '2026-01-01' && r.status === 'open');
  has((r) => r.status === 'frozen');
  t.is(new Set(rows.map((r) => r.country)).size, 6);
  t.is(new Set(rows.map((r) => r.currency)).size, 6);
  t.true(rows.every((r) => (r.currency === 'JPY' ? /^\d+$/ : /^\d+(\.\d\d)?$/).test(r.pay as string)));
  t.true(
    rows.some((r) => /\.\d\d$/.test(r.pay as string) && r.pay_basis === 'annual'),
    'some pay has cents',
  );
});

test('a rate is told to eight decimals, in the direction that the column says', (t) => {
  t.is(rateText('GBP', 'GBP'), '');
  t.is(rateText('USD', 'GBP'), '0.79000000');
  t.is(rateText('GBP', 'EUR'), '1.17647059');
  t.is(rateText('JPY', 'USD'), '0.00670886');
});

test('between two months exactly those rows differ that the month tells of', (t) => {
  const o = generate(settings({ positions: 8_000, seed: 5 }));
  const read = () => new Map(rowsOf([...fileOf(o)].join('')).map((r) => [r.position_id as string, r]));
  let before = read();
  for (const month of [1, 2, 3]) {
    const m = passMonth(o, month);
    const after = read();
    const differ = (columns: readonly string[]) =>
      [...before.keys()].filter((id) => columns.some((c) => before.get(id)?.[c] !== after.get(id)?.[c])).sort();
    const ids = (...lists: (readonly { position_id: string }[])[]) => lists.flatMap((l) => l.map((x) => x.position_id)).sort();
    t.deepEqual(differ(Object.keys([...before.values()][0] as Cells)), ids(m.moved, m.closed, m.left, m.filled));
    t.deepEqual(differ(['manager_position_id']), ids(m.moved));
    t.deepEqual(differ(['status']), ids(m.closed));
    t.deepEqual(
      differ(['holder_id']),
      ids(
        m.closed.filter((c) => c.holder_id),
        m.left,
        m.filled,
      ),
    );
    t.deepEqual(
      [...after.keys()].filter((id) => !before.has(id)),
      m.created.map((c) => c.position_id),
    );
    for (const { position_id, from_manager, to_manager } of m.moved) {
      t.is(before.get(position_id)?.manager_position_id, from_manager);
      t.is(after.get(position_id)?.manager_position_id, to_manager);
      t.is(after.get(position_id)?.org_unit_id, after.get(to_manager)?.org_unit_id);
    }
    for (const hired of [...m.filled, ...m.created.filter((c) => c.holder_id)]) {
      t.is(after.get(hired.position_id)?.holder_id, hired.holder_id as string);
      t.is(after.get(hired.position_id)?.start_date, m.effective_on);
    }
    const closed = new Set([...after.values()].filter((r) => r.status === 'closed').map((r) => r.position_id));
    t.false(
      [...after.values()].some((r) => r.status !== 'closed' && closed.has(r.manager_position_id as string)),
      'nobody reports to a closed seat',
    );
    before = after;
  }
});

test('faults stand on the lines that are told, at the rates of real returns', (t) => {
  const o = generate(settings({ positions: 200_000, seed: 9 }));
  const { filter, injected } = dirtOf(o, 'profile');
  const lines = [...fileOf(o, filter)].join('').split('\n');
  const head = (lines[0] as string).split(',');
  for (const f of injected) t.is((lines[f.line - 1] as string).split(',')[head.indexOf(f.column)], f.value);
  const clean = [...fileOf(o)].join('').split('\n');
  const double = new Set(injected.filter((f) => f.fault === 'duplicate_id').map((f) => f.line));
  const kept = lines.map((text, i) => ({ text, line: i + 1 })).filter(({ line }) => !double.has(line));
  t.is(kept.length, clean.length);
  t.deepEqual(
    kept.filter(({ text }, i) => text !== clean[i]).map(({ line }) => line),
    injected.filter((f) => f.fault !== 'duplicate_id').map((f) => f.line),
    'nothing else differs',
  );
  for (const [fault, rate] of Object.entries(dirtRates)) {
    const found = count(injected, (f) => f.fault === fault);
    // Of those that may have it: double ids and leading zeros only where nobody reports, and nothing on closed seats.
    t.true(found > 0 && found <= rate / 5 + 30 && found >= rate / 8 - 30, `${fault}: ${found}, the rate is ${rate / 5} of 200,000`);
  }
});

test.serial('the command writes what it says, beside a digest that holds', async (t) => {
  const folder = dirname(dataFolder(t));
  const out = join(folder, 'people.csv');
  const args = ['generate', '--positions', '1500', '--seed', '8', '--currency', 'EUR'];
  const made = await orgonaut([...args, '--out', out, '--months', '2', '--dirt', '0.02', '--json']);
  t.is(made.code, 0, made.stderr);
  t.like(made.json, { positions: 1500, seed: 8, currency: 'EUR' });
  const files = made.json.files as {
    file: string;
    effective_on: string;
    sha256: string;
    rows: number;
    bytes: number;
    dirt_file: string;
    changes_file?: string;
  }[];
  t.deepEqual(
    files.map((f) => f.effective_on),
    ['2026-01-01', '2026-02-01', '2026-03-01'],
  );
  for (const f of files) {
    const text = readFileSync(f.file, 'utf8');
    t.is(sha(text), f.sha256);
    t.is(text.length, f.bytes);
    t.is(rowsOf(text).length, f.rows);
    t.true((JSON.parse(readFileSync(f.dirt_file, 'utf8')).injected as unknown[]).length > 10);
  }
  t.true((JSON.parse(readFileSync(files[1]?.changes_file as string, 'utf8')).moved as unknown[]).length > 10);
  const piped = await orgonaut(args);
  t.is(piped.stdout, textOf(settings({ positions: 1500, seed: 8, currency: 'EUR' })));
});

test.serial('what cannot be generated is refused with what to give instead', async (t) => {
  const all = ['generate', '--positions', '10', '--seed', '1'];
  for (const [args, way] of [
    [['generate', '--positions', '0', '--seed', '1'], 'from 1 to 2000000'],
    [['generate', '--positions', '1e3', '--seed', '1'], 'from 1 to 2000000'],
    [['generate', '--positions', '10', '--seed', '-1'], 'from 0 to 4294967295'],
    [[...all, '--json'], '--out FILE'],
    [[...all, '--mutate'], '--out FILE'],
    [[...all, '--currency', 'CHF'], 'GBP, USD'],
    [[...all, '--on', '2026-01-31'], '2026-01-01'],
    [[...all, '--dirt', '2'], 'profile'],
  ] as const) {
    const ran = await orgonaut(args);
    t.is(ran.code, 2, args.join(' '));
    t.true(ran.stderr.includes(way), ran.stderr);
  }
});
