import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Whom PostgreSQL runs as. Empty for an ordinary user: it runs as that user. */
export interface Account {
  uid?: number;
  gid?: number;
}

const passwd = (name: string): Account | undefined => {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => l.startsWith(`${name}:`));
  const parts = line?.split(':');
  return parts ? { uid: Number(parts[2]), gid: Number(parts[3]) } : undefined;
};

const attempt = (command: string, args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** PostgreSQL refuses to run as root, so root runs it as the user `postgres`, which is made when it is missing. */
export const serverAccount = (): Account => {
  if (process.platform === 'win32' || userInfo().uid !== 0) return {};
  const found = passwd('postgres');
  if (found) return found;
  // groupadd/useradd stand in most systems, addgroup/adduser in Alpine's busybox
  const made =
    attempt('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']) ||
    (attempt('addgroup', ['-S', 'postgres']) && attempt('adduser', ['-S', '-D', '-H', '-G', 'postgres', 'postgres']));
  const account = (made ? passwd('postgres') : undefined) ?? passwd('nobody');
  if (!account) throw new Error('PostgreSQL does not run as root, and neither a user postgres could be made nor a user nobody be found');
  return account;
};

/** Whether the account may pass through every parent of a path that may not exist yet. Root's own rights do not count. */
export const canReach = (account: Account, path: string): boolean => {
  if (account.uid === undefined) return true;
  let at = resolve(path);
  while (!existsSync(at)) at = dirname(at);
  at = realpathSync(at);
  for (;;) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (dirname(at) === at) return true;
    at = dirname(at);
  }
};

/** A folder that outlives a restart of the machine and that the account can pass into: for what DATA_DIR cannot hold. */
export const reachableFolder = (account: Account): string => {
  for (const base of ['/var/lib', '/var/tmp', tmpdir()]) {
    const folder = join(base, 'orgonaut');
    try {
      if (!existsSync(folder)) {
        mkdirSync(folder, { recursive: true });
        chmodSync(folder, 0o755);
      }
      if (canReach(account, folder) && statSync(folder).uid === userInfo().uid) return folder;
    } catch {
      // not writable: the next one
    }
  }
  throw new Error('no folder was found that the user postgres can reach: set DATA_DIR below one, or DATABASE_URL');
};
