import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import test from 'ava';
import { fold } from '../src/cli/output.ts';
import { bin, environment, orgonaut } from './support/cli.ts';

/** Runs a command whose output goes where `out` says, and gives its exit code and what it said beside it. */
const told = async (args: readonly string[], out: 'gone' | number): Promise<{ code: number; stderr: string }> => {
  const child = spawn(process.execPath, [bin, ...args], { env: environment(), stdio: ['ignore', out === 'gone' ? 'pipe' : out, 'pipe'] });
  // The reader has gone before the command writes anything.
  child.stdout?.destroy();
  let stderr = '';
  child.stderr?.on('data', (d) => (stderr += d));
  const [code] = await once(child, 'close');
  return { code, stderr };
};

test('a reader that has gone is no failure of a command: nothing falls, nothing is said', async (t) => {
  for (const args of [['--help'], ['generate', '--positions', '5000', '--seed', '1']])
    t.deepEqual(await told(args, 'gone'), { code: 0, stderr: '' }, args[0]);
});

(existsSync('/dev/full') ? test : test.skip)('a result that cannot be written fails the command in one line', async (t) => {
  const full = openSync('/dev/full', 'w');
  t.teardown(() => closeSync(full));
  for (const args of [['--help'], ['generate', '--positions', '50', '--seed', '1']]) {
    const { code, stderr } = await told(args, full);
    t.is(code, 1, args[0]);
    t.regex(stderr, /^orgonaut: the result could not be written: ENOSPC.*\n$/, args[0]);
  }
});

test('wrong options with --json are an error in JSON too', async (t) => {
  const refused = async (...args: string[]) => {
    const { code, json } = await orgonaut([...args, '--json']);
    t.is(code, 2);
    return json.error;
  };
  t.deepEqual(await refused('tenant', 'create'), { code: 'INPUT_INVALID', message: "required option '--slug <slug>' not specified" });
  t.like(await refused('tenant', 'list', '--nope'), { code: 'INPUT_INVALID' });
  t.like(await refused('fly'), { code: 'INPUT_INVALID' });
});

test('a wide line is folded at spaces below its first word; words, and lines that fit, stay as they are', (t) => {
  t.is(fold('  - Moves unit "Field Service" away', 20), '  - Moves unit\n    "Field Service"\n    away');
  t.is(fold('    12  Named by hand', 16), '    12  Named by\n        hand');
  t.is(fold('before   after   difference', 80), 'before   after   difference');
  t.is(fold('a-word-that-is-wider-than-all', 10), 'a-word-that-is-wider-than-all');
  t.is(fold('', 80), '');
});
