import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { bin, environment, type Environment } from '../../test/support/cli.ts';
import { databaseProcesses } from '../../test/slow/killing.ts';

/** What a part of the work took. Memory in bytes; 0 where the system does not tell (it is read from /proc). */
export interface Taken {
  seconds: number;
  /** Processor seconds of the process that did it, as far as the last look before its end saw them. */
  cpu: number;
  /** The most resident memory of the process that did it. */
  resident: number;
}

const kilobytes = (pid: number, file: string, name: string): number => {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    // The process has gone.
    return 0;
  }
};

/** Resident memory of a process now. */
export const resident = (pid: number): number => kilobytes(pid, 'status', 'VmRSS');

/** Clock ticks of a processor second, as Linux counts them in /proc. */
const TICKS = 100;

/** Processor seconds that a process has taken. */
export const processorSeconds = (pid: number): number => {
  try {
    // The name of the command stands in brackets and may hold anything; utime and stime are the 12th and 13th field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
};

/** Memory of the embedded database: each process's share of what several of them hold in common counts once. */
export const databaseMemory = (dataDir: string): number =>
  databaseProcesses(dataDir).reduce((sum, pid) => sum + kilobytes(pid, 'smaps_rollup', 'Pss'), 0);

/** Looks every 100 ms at what several things hold, until stopped; gives the most of each. */
export const watch = <K extends string>(what: Record<K, () => number>): { most: Record<K, number>; stop(): Record<K, number> } => {
  const keys = Object.keys(what) as K[];
  const most = Object.fromEntries(keys.map((k) => [k, 0])) as Record<K, number>;
  const look = () => {
    for (const k of keys) most[k] = Math.max(most[k], what[k]());
  };
  look();
  const timer = setInterval(look, 100);
  return {
    most,
    stop: () => {
      look();
      clearInterval(timer);
      return most;
    },
  };
};

/** Runs one command of the command line to its end and measures it. Throws with its words when it fails. */
export const measured = (
  args: readonly string[],
  env: Environment,
  onStart: (pid: number) => void = () => {},
): Promise<Taken & { json: Record<string, unknown> }> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, [bin, ...args, '--json'], { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    const memory = watch({ own: () => resident(child.pid as number), cpu: () => processorSeconds(child.pid as number) });
    onStart(child.pid as number);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (d) => (stdout += d));
    child.stderr.on('data', (d) => (stderr = (stderr + d).slice(-4_000)));
    child.once('error', reject);
    child.once('close', (code) => {
      const seconds = (performance.now() - began) / 1000;
      const { own, cpu } = memory.stop();
      if (code !== 0) return reject(new Error(`orgonaut ${args[0]} ended with ${code}: ${stderr}${stdout.slice(0, 2_000)}`));
      resolve({ seconds, cpu, resident: own, json: JSON.parse(stdout) as Record<string, unknown> });
    });
  });
