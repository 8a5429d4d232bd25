import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const project = fileURLToPath(new URL('../..', import.meta.url));

test('TAP names the test that does not end and the one that ends its process, and has the results of the others', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tap-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'test'));
  put('package.json', JSON.stringify({ type: 'module', ava: { files: ['test/*.js'], timeout: '15s', concurrency: 3 } }));
  // The time begins anew with each result, and has to be enough for a process to start: what has not begun cannot be named.
  const head = "import test from 'ava';\n";
  put(
    'test/hang.js',
    `${head}test.serial('begins', (t) => t.pass());\ntest.serial('never ends', async () => { setInterval(() => {}, 1000); await new Promise(() => {}); });`,
  );
  put('test/gone.js', `${head}test('goes', () => process.exit(3));`);
  put('test/good.js', `${head}test('holds', (t) => t.pass());`);
  // Neither the runner's own settings nor its colours: this is a run of its own.
  const ran = spawn(process.execPath, [join(project, 'test/house/tap.ts')], { cwd: folder, env: { PATH: process.env.PATH ?? '' } });
  let tap = '';
  let beside = '';
  ran.stdout.on('data', (d) => (tap += d));
  ran.stderr.on('data', (d) => (beside += d));
  const [code] = await once(ran, 'close');
  t.is(code, 1);
  t.is(beside.trim(), '');
  t.regex(tap, /^not ok \d+ - hang › never ends$/m);
  t.regex(tap, /^not ok \d+ - gone › goes$/m);
  // On a machine so slow that this one has no time either, it is told as unfinished.
  t.regex(tap, /^(not )?ok \d+ - good › holds$/m);
});
