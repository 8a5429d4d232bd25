import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isSameProcess } from './process.ts';

/** After this long without a sign of life a holder counts as gone even if its process runs (a thread that was ended). */
const STALE_MS = 90_000;

interface Holder {
  pid: number;
  identity: string;
  released: boolean;
}

const numbers = (dir: string): number[] =>
  readdirSync(dir)
    .map((name) => /^lock\.(\d+)$/.exec(name)?.[1])
    .filter((n) => n !== undefined)
    .map(Number)
    .sort((a, b) => b - a);

const isHeld = (file: string): boolean => {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder;
    return !holder.released && isSameProcess(holder.pid, holder.identity) && Date.now() - statSync(file).mtimeMs < STALE_MS;
  } catch {
    return false;
  }
};

/**
 * Takes the lock of a folder if nobody holds it; undefined if somebody does. Locks are numbered files, the highest number is
 * the lock: a dead holder's file is never removed to take over, a higher one is made beside it, and making a file by link
 * succeeds once. So two processes that both see a dead holder cannot both win.
 */
export const tryLock = (dir: string): { release: () => void } | undefined => {
  const last = numbers(dir)[0] ?? 0;
  if (last > 0 && isHeld(join(dir, `lock.${last}`))) return undefined;
  const mine = last + 1;
  const file = join(dir, `lock.${mine}`);
  const draft = join(dir, `draft.${randomBytes(8).toString('hex')}`);
  const holder: Holder = { pid: process.pid, identity: identityOf(process.pid), released: false };
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const now = numbers(dir);
  if (now[0] !== mine) {
    rmSync(file, { force: true });
    return undefined;
  }
  for (const old of now.slice(1)) rmSync(join(dir, `lock.${old}`), { force: true });
  const alive = setInterval(() => {
    const at = new Date();
    try {
      utimesSync(file, at, at);
    } catch {
      // the folder is gone: nothing left to hold
    }
  }, STALE_MS / 10);
  alive.unref();
  return {
    release: () => {
      clearInterval(alive);
      const done = join(dir, `draft.${randomBytes(8).toString('hex')}`);
      try {
        writeFileSync(done, JSON.stringify({ ...holder, released: true }), { mode: 0o600 });
        renameSync(done, file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    },
  };
};

/** Runs `work` while holding the lock of `dir` (an existing folder); waits at most `timeoutMs` for it. */
export const withLock = async <T>(dir: string, work: () => Promise<T>, timeoutMs = 120_000): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const lock = tryLock(dir);
    if (lock) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    if (Date.now() > deadline) throw new Error(`the lock in ${dir} stayed taken for ${timeoutMs} ms`);
    await sleep(5 + Math.random() * 20);
  }
};

/** The same without waiting on the event loop, for the moment a process exits; gives up after `timeoutMs`. */
export const withLockSync = (dir: string, work: () => void, timeoutMs: number): void => {
  const deadline = Date.now() + timeoutMs;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (Date.now() < deadline) {
    const lock = tryLock(dir);
    if (lock) {
      try {
        work();
      } finally {
        lock.release();
      }
      return;
    }
    Atomics.wait(pause, 0, 0, 10);
  }
};
