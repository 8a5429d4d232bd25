import test from 'ava';
import fc from 'fast-check';
import { diskScratch } from '../src/cli/scratch.ts';
import { chunksOf, headOf, sha256Of } from '../src/import/chunks.ts';
import { parseCsv } from '../src/import/csv.ts';
import { decode } from '../src/import/encoding.ts';
import { derivedId, sha256 } from '../src/import/identity.ts';
import { memoryScratch } from '../src/import/scratch.ts';
import { Spool } from '../src/import/spool.ts';
import { TextTable, UuidTable } from '../src/import/tables.ts';

for (const [where, scratch] of [
  ['in memory', memoryScratch],
  ['on disk', diskScratch],
] as const)
  test(`a list kept ${where} gives back what was put into it, walked, by place and in part, while it grows`, (t) => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60, unit: 'binary' }), { maxLength: 12 }), (texts) => {
        const spool = new Spool<{ n: number; text: string }>(scratch);
        const list = texts.map((text, n) => ({ n, text: text.isWellFormed() ? text.repeat(3_000) : '' }));
        for (const one of list) {
          t.is(spool.push(one), Buffer.byteLength(JSON.stringify(one)));
          t.deepEqual(spool.at(one.n), one);
          t.deepEqual(spool.at(one.n >> 1), list[one.n >> 1]);
        }
        t.deepEqual([...spool], list);
        t.deepEqual([...spool.range(1, list.length - 1)], list.slice(1, Math.max(1, list.length - 1)));
        spool.close();
        t.is(spool.length, 0);
        spool.close();
      }),
      { numRuns: 10 },
    );
  });

test('uuids and texts keep the numbers in which they came, and what never came has none', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(300), { maxLength: 600 }),
      fc.array(fc.string({ maxLength: 4, unit: 'binary' }), { maxLength: 300 }),
      (ns, texts) => {
        const uuids = new UuidTable();
        const ids = [...new Set(ns.map((n) => derivedId(n)))];
        for (const n of ns) uuids.add(derivedId(n));
        t.deepEqual(
          Array.from({ length: uuids.length }, (_, i) => uuids.text(i)),
          ids,
        );
        t.is(uuids.find(derivedId('another')), -1);
        const table = new TextTable();
        for (const text of texts) table.add(text);
        t.deepEqual(
          Array.from({ length: table.length }, (_, i) => table.text(i)),
          [...new Set(texts)],
        );
        for (const text of texts) t.is(table.text(table.find(text)), text);
        t.is(table.find('longer than any'), -1);
      },
    ),
    { numRuns: 50 },
  );
});

test('a table read in pieces of any size is the table read at once, line breaks in cells and broken quotes included', (t) => {
  const cell = fc.constantFrom('a', '', ' b ', '"x ""y"" z"', '"two\nlines"', '"a,b"', '"\r\n"', 'ä', '"open', 'c"d');
  const row = fc.array(cell, { minLength: 1, maxLength: 4 }).map((cells) => cells.join(','));
  const read = (text: string | Iterable<string>, piece?: number): unknown => {
    try {
      const { rows, ...table } = parseCsv(text, memoryScratch, piece);
      return { ...table, rows: [...rows] };
    } catch (error) {
      return { code: (error as { code?: string }).code };
    }
  };
  let refused = 0;
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.integer({ min: 1, max: 40 }),
      (rows, end, size) => {
        const text = ['h1,h2', ...rows].join(end);
        const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
        const whole = read(text) as { code?: string };
        if (whole.code) refused += 1;
        t.deepEqual(read(parts, size), whole);
      },
    ),
    { numRuns: 300 },
  );
  const broken = (piece: number) => t.throws(() => parseCsv(['a,b\n1,2\n', '3,4\n5,"x"y\n', '6,7\n'], memoryScratch, piece))?.message;
  t.is(broken(1), broken(1_000));
  t.regex(String(broken(1)), /near line 4/);
  t.true(refused > 20 && refused < 280, `${refused} of 300 were refused`);
});

test('a file that comes piece by piece has the text and the hash it has as a whole', (t) => {
  const bytes = Buffer.from(`\ufeffposition_id,title\n${'1,Zoë 😀\n'.repeat(500)}`);
  const chunked = { length: bytes.length, chunks: () => Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1)) };
  t.deepEqual(decode(chunked), decode(bytes));
  t.is(sha256Of(chunked), sha256(bytes));
  t.deepEqual(Buffer.from(headOf(chunked, 7)), bytes.subarray(0, 7));
  t.deepEqual(Buffer.concat([...chunksOf(chunked)]), bytes);
  const latin = Buffer.concat([Buffer.from('title\n'.repeat(1000)), Buffer.from([0xe9])]);
  t.is(decode({ length: latin.length, chunks: () => [latin.subarray(0, 5500), latin.subarray(5500)] }).encoding, 'windows-1252');
});
