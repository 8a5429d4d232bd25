import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether a process with this id runs now. A zombie does not count: it waits for nobody but its parent. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const state = procStat(pid)?.[0];
  return state !== 'Z' && state !== 'X';
};

/** The fields of /proc/<pid>/stat after the command name (which may hold blanks and brackets); undefined off Linux. */
const procStat = (pid: number): string[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
};

const ps = (pid: number, column: string): string => {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
};

const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
};

/** What tells this process from an earlier one with the same id: when it started. Empty when there is none. */
export const identityOf = (pid: number): string => {
  const stat = procStat(pid);
  if (stat) return `${bootId()}:${stat[19] ?? ''}`;
  return process.platform === 'linux' ? '' : ps(pid, 'lstart');
};

/** Whether the very process that left this id and identity behind still runs. */
export const isSameProcess = (pid: number, identity: string): boolean => isAlive(pid) && identityOf(pid) === identity;

/** The command line of a process as one text; empty when there is none or it cannot be seen. */
export const commandLineOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return process.platform === 'linux' ? '' : ps(pid, 'command');
  }
};
