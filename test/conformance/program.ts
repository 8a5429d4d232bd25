import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const installed = (path: string): string => fileURLToPath(new URL(`../../node_modules/@modelcontextprotocol/${path}`, import.meta.url));

export const conformance = installed('conformance/dist/index.js');
export const inspector = installed('inspector/clients/launcher/build/index.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program of this Node to its end; `onOutput` sees its stdout as it comes. */
export const run = (
  script: string,
  args: readonly string[],
  { cwd, env, onOutput }: { cwd?: string; env?: Record<string, string>; onOutput?: (soFar: string) => void } = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(cwd ? { cwd } : {}),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (d) => {
      stdout += d;
      onOutput?.(stdout);
    });
    child.stderr.on('data', (d) => (stderr += d));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
