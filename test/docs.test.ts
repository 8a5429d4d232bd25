import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { settingNames } from '../src/config.ts';
import { offeredTools } from '../src/mcp/operations.ts';
import { pageFile, referencePages } from './house/reference.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'fixtures/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map(String)
    .filter((p) => p.endsWith('.md'))
    .map((p) => `docs/${p}`),
];

test('the pages written from the code say what the code says', (t) => {
  for (const [name, page] of Object.entries(referencePages))
    t.is(readFileSync(pageFile(name), 'utf8'), page(), `${name}: run npm run reference`);
});

test('every link between pages leads somewhere', (t) => {
  for (const page of pages)
    for (const [, target = ''] of readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      t.true(existsSync(join(root, dirname(page), target.replace(/#.*/, ''))), `${page} links to ${target}`);
    }
});

test('every setting and every offered tool stands in the reference', (t) => {
  const settings = readFileSync(join(root, 'docs/reference/settings.md'), 'utf8');
  for (const name of settingNames) t.true(settings.includes(`\`${name}\``), name);
  const tools = readFileSync(join(root, 'docs/reference/tools.md'), 'utf8');
  for (const tool of offeredTools().tools) t.true(tools.includes(tool.name), tool.name);
});
