import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A fault put into the code on purpose, and the tests that have to notice it. */
export interface Mutant {
  name: string;
  file: string;
  /** Text that stands in the file exactly once. */
  from: string;
  to: string;
  tests: string[];
  /** Only the tests with such a title (ava's pattern), where one of a long file is enough. */
  match?: string;
}

/** A copy of the project in which faults can be put; the modules are shared with the checkout. */
export const laboratory = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orgonaut-mutants-'));
  for (const part of ['src', 'test', 'fixtures', 'package.json', 'tsconfig.json'])
    await cp(join(root, part), join(folder, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));

  /** Runs test files, or of them the tests with such titles; resolves with the exit code and what was printed. */
  const run = (tests: readonly string[], ...matches: string[]): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [join(root, 'node_modules/ava/entrypoints/cli.js'), '--fail-fast', ...matches.flatMap((m) => ['--match', m]), ...tests],
        {
          cwd: folder,
          env: { ...process.env, FORCE_COLOR: '0' },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      child.stderr.on('data', (chunk) => {
        output += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output }));
    });

  return {
    run,
    /** True when the tests fail while the fault is in. Throws when the text to replace is not there exactly once. */
    async notices({ file, from, to, tests, match }: Mutant): Promise<{ noticed: boolean; output: string }> {
      const path = join(folder, file);
      const sound = await readFile(path, 'utf8');
      if (sound.split(from).length !== 2) throw new Error(`${file} does not hold exactly once: ${from}`);
      await writeFile(
        path,
        sound.replace(from, () => to),
      );
      try {
        const { code, output } = await run(tests, ...(match === undefined ? [] : [match]));
        // A mutant that does not even load proves nothing about the tests.
        const loads = !/SyntaxError|ERR_MODULE_NOT_FOUND|No tests found|Couldn’t find any matching tests/.test(output);
        return { noticed: code !== 0 && loads, output };
      } finally {
        await writeFile(path, sound);
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
};
