import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/**
 * Makes a folder and those above it that are missing. One after the other: asked for all at once, Node
 * tries for ever where a parent is there and nothing can be made in it (/proc).
 * @throws the error of the file system, of the first folder that cannot be made
 */
export const makeFolder = (path: string, mode = 0o777): void => {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // another process was first
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
};

/** A file of DATA_DIR that only its owner can read (0600), written whole or not at all. */
export const writePrivate = (dataDir: string, name: string, content: unknown): string => {
  makeFolder(dataDir, 0o700);
  const path = join(dataDir, name);
  const half = `${path}.${process.pid}.half`;
  writeFileSync(half, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  chmodSync(half, 0o600);
  renameSync(half, path);
  return path;
};

const readPrivate = <T>(dataDir: string, name: string, schema: z.ZodType<T>): T | undefined => {
  const path = join(dataDir, name);
  if (!existsSync(path)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
};

const running = z.object({ pid: z.int(), url: z.string(), mcp: z.string() });
const access = z.object({
  tenant: z.string(),
  token: z.string(),
  token_expires_at: z.string().nullable(),
  /** The sign-in of its owner in a browser. A file that an earlier version wrote has none. */
  email: z.string().optional(),
  password: z.string().optional(),
});

type Running = z.input<typeof running>;

const noteFile = 'service.json';
/** The note of a service that found the first place taken by another. */
const noteOf = (pid: number): string => `service.${pid}.json`;

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Gives this process's note the first place unless another service that runs has it. */
const takeFirstPlace = (dataDir: string, own: string): void => {
  const first = join(dataDir, noteFile);
  const there = readPrivate(dataDir, noteFile, running);
  if (there && there.pid !== process.pid && runs(there.pid)) return;
  // Moved and not removed: it may have become the note of another that starts at this moment.
  const moved = `service.${process.pid}.moved.json`;
  try {
    renameSync(first, join(dataDir, moved));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const old = readPrivate(dataDir, moved, running);
  if (old && old.pid !== process.pid && runs(old.pid)) renameSync(join(dataDir, moved), join(dataDir, noteOf(old.pid)));
  else rmSync(join(dataDir, moved), { force: true });
  try {
    // By link, which the first of two that start at once does and the other cannot.
    linkSync(own, first);
    rmSync(own, { force: true });
  } catch (error) {
    // Taken first by another; or a file system without links, where the note stays where it is and is found too.
    if (!['EEXIST', 'EPERM', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
};

/** Where the services of this DATA_DIR listen, as each wrote it down. */
export const runningService = {
  file: noteFile,
  /** The one that has the first place, or another; undefined when none of them runs any more. */
  read: (dataDir: string): Running | undefined => {
    if (!existsSync(dataDir)) return undefined;
    const others = readdirSync(dataDir).filter((name) => /^service\.\d+\.json$/.test(name));
    return [noteFile, ...others].map((name) => readPrivate(dataDir, name, running)).find((note) => note !== undefined && runs(note.pid));
  },
  /** Notes this process. A note of one that was killed is replaced. */
  write: (dataDir: string, value: Omit<Running, 'pid'>): void =>
    takeFirstPlace(dataDir, writePrivate(dataDir, noteOf(process.pid), { pid: process.pid, ...value })),
  /** Takes the note of this process away, and no other's that runs. */
  remove: (dataDir: string): void => {
    rmSync(join(dataDir, noteOf(process.pid)), { force: true });
    if (readPrivate(dataDir, noteFile, running)?.pid === process.pid) rmSync(join(dataDir, noteFile), { force: true });
  },
};

/** The demo tenant's token and sign-in, kept so that every start prints the same one. */
export const demoAccess = {
  file: 'demo-access.json',
  read: (dataDir: string) => readPrivate(dataDir, 'demo-access.json', access),
  write: (dataDir: string, value: z.input<typeof access>) => writePrivate(dataDir, 'demo-access.json', value),
};
