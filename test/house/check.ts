import { fileURLToPath } from 'node:url';
import { forbiddenImports, longFiles } from './import-rules.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const breaches = forbiddenImports(src);
for (const b of breaches) console.error(`src/${b.file}: ${b.why}`);
for (const f of longFiles(src)) console.error(`src/${f.file}: ${f.lines} lines (soft cap 200)`);
console.error(breaches.length === 0 ? 'Import rules hold.' : `${breaches.length} forbidden imports.`);
process.exitCode = breaches.length === 0 ? 0 : 1;
