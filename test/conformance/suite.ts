import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformance, run } from './program.ts';

/** One check of a scenario, as the suite writes it down. */
export interface Check {
  id: string;
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  errorMessage?: string;
}

/** What the suite puts before a scenario's name, by the command. */
const prefix = { server: 'server', authorization: 'authorization-server' } as const;

/** Runs the suite and gives the checks of each scenario that ran. Rejects when the suite wrote none. */
export const runSuite = async (
  mode: 'server' | 'authorization',
  args: readonly string[],
  onOutput?: (soFar: string) => void,
): Promise<Map<string, Check[]>> => {
  const folder = mkdtempSync(join(tmpdir(), 'orgonaut-conformance-'));
  try {
    const ended = await run(conformance, [mode, ...args, '--output-dir', folder], { cwd: folder, ...(onOutput ? { onOutput } : {}) });
    const found = new Map<string, Check[]>();
    for (const name of readdirSync(folder)) {
      const scenario = new RegExp(`^${prefix[mode]}-(.+?)-\\d{4}-\\d{2}-\\d{2}T[\\d-]+Z$`).exec(name)?.[1];
      if (scenario) found.set(scenario, JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')) as Check[]);
    }
    if (found.size === 0) throw new Error(`the suite ran nothing (exit ${ended.code}): ${ended.stdout}${ended.stderr}`);
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Every scenario the suite has for servers or authorization servers, by name, with the revisions or the word it is marked with. */
export const knownScenarios = async (mode: 'server' | 'authorization'): Promise<Map<string, string[]>> => {
  const { stdout } = await run(conformance, ['list', `--${mode}`]);
  return new Map(
    [...stdout.matchAll(/^ +- (\S+) \[([^\]]*)\]$/gm)].map((m) => [m[1] as string, (m[2] as string).split(',').map((v) => v.trim())]),
  );
};
