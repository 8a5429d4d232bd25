import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { forbiddenImports, importsOf, longFiles } from './house/import-rules.ts';

const src = fileURLToPath(new URL('../src', import.meta.url));

test('data flows one way: no folder imports what the house does not allow', (t) => {
  t.deepEqual(forbiddenImports(src), []);
});

const intruders: [folder: string, code: string][] = [
  ['domain', "import { readFileSync } from 'node:fs';\nexport const f = readFileSync;"],
  ['domain', "import type { Sql } from '../projections/sql.ts';\nexport type S = Sql;"],
  ['domain', "export { config } from '../config.ts';"],
  ['store', "import { need } from '../application/context.ts';\nexport const n = need;"],
  ['projections', "import pg from 'koa';\nexport default pg;"],
  ['application', "export const late = () => import('../mcp/server.ts');"],
  ['application', 'export const late = (name: string) => import(name);'],
  ['cli', "import { openDatabase } from '../database/open.ts';\nexport const o = openDatabase;"],
  ['http', "import { postgresStore } from '../store/postgres/store.ts';\nexport const s = postgresStore;"],
  ['basement', 'export const nothing = 0;'],
];

for (const [folder, code] of intruders) {
  test(`a forbidden import is seen: ${folder} with ${code.split('\n')[0]}`, (t) => {
    const copy = mkdtempSync(join(tmpdir(), 'house-'));
    t.teardown(() => rmSync(copy, { recursive: true, force: true }));
    cpSync(src, copy, { recursive: true });
    mkdirSync(join(copy, folder), { recursive: true });
    const before = forbiddenImports(copy).filter((b) => b.file === `${folder}/intruder.ts`);
    writeFileSync(join(copy, folder, 'intruder.ts'), code);
    const after = forbiddenImports(copy).filter((b) => b.file === `${folder}/intruder.ts`);
    t.is(before.length, 0);
    t.is(after.length, 1);
  });
}

test('imports are read in every form, and comments are not', (t) => {
  const code = [
    "import a from 'one';",
    "import 'two';",
    'import type { B } from "three";',
    "export * from 'four';",
    'import {',
    '  c,',
    "} from 'five';",
    "const d = await import('six');",
    "type E = import('seven').E;",
    "// import 'eight';",
    "/* import 'nine'; */",
    "type F = 'import' | 'export';",
    'streams.import(1, f);',
  ].join('\n');
  t.deepEqual(importsOf(code), ['one', 'two', 'three', 'four', 'five', 'six', 'seven']);
});

test('files stay near the soft cap of 200 lines', (t) => {
  const long = longFiles(src);
  for (const f of long) t.log(`src/${f.file} has ${f.lines} lines`);
  t.deepEqual(
    long.filter((f) => f.lines > 400),
    [],
  );
});
