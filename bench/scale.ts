/**
 * What organisations of several sizes cost: seconds and resident memory of generate, import, answer, plan and replay, through the commands and
 * the service as anybody runs them. `node bench/scale.ts [sizes…] [--write]`, e.g. `node bench/scale.ts 10000 100000`; prints a table, and with
 * --write puts it into docs/reference/scale.md, where sizes that were not measured this time keep their figures.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Measured, run } from './scale/run.ts';
import { table } from './scale/table.ts';

const page = fileURLToPath(new URL('../docs/reference/scale.md', import.meta.url));
const figures = fileURLToPath(new URL('scale/measured.json', import.meta.url));
const part = /(<!-- measured -->\n)[\s\S]*(<!-- \/measured -->)/;

const given = process.argv.slice(2);
const sizes = given.filter((a) => /^\d+$/.test(a)).map(Number);
const known: Measured[] = existsSync(figures) ? (JSON.parse(readFileSync(figures, 'utf8')) as Measured[]) : [];

const write = given.includes('--write');
const found: Measured[] = [];
const all = (): Measured[] =>
  [...known.filter((k) => !found.some((f) => f.positions === k.positions)), ...found].sort((a, b) => a.positions - b.positions);

for (const size of sizes.length > 0 ? sizes : [10_000]) {
  console.error(`${size} positions`);
  try {
    found.push(await run(size, (text) => console.error(`  ${new Date().toISOString().slice(11, 19)} ${text}`)));
  } catch (error) {
    console.error(`  ${size} positions did not start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
    continue;
  }
  if (found.at(-1)?.error) process.exitCode = 1;
  // Size by size, so that what was measured stays where a later one ends the run.
  if (!write) continue;
  writeFileSync(figures, `${JSON.stringify(all(), null, 2)}\n`);
  writeFileSync(page, readFileSync(page, 'utf8').replace(part, `$1${table(all())}\n$2`));
}
console.log(table(write ? all() : found));
