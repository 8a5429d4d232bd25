import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries } from './binaries.ts';
import { withLock, withLockSync } from './lock.ts';
import { identityOf, isSameProcess } from './process.ts';
import { type Account, canReach, reachableFolder, serverAccount } from './reach.ts';
import { type ServerSettings, serverPid, signalStop, startServer, stopServer } from './server.ts';
import { type WatchNews, watchServer } from './watch.ts';

/** What DATA_DIR remembers of its cluster. */
interface Record {
  /** The data folder, which may stand elsewhere. */
  cluster: string;
  /** Superuser password. */
  password: string;
  /** Password of the service's role. */
  servicePassword: string;
  /** True once initdb was done; the folder must then exist. */
  initialised: boolean;
  port?: number;
}

export interface Cluster {
  port: number;
  password: string;
  servicePassword: string;
  /** URL of a database of this cluster as superuser. */
  adminUrl(database: string): string;
  /** Brings the server back whenever it dies, on the same port, until this use is given up. */
  watch(tell: (news: WatchNews) => void): void;
  /** Gives up this use. The last user stops the server and waits until it is gone. */
  leave(): Promise<void>;
}

const exec = promisify(execFile);
const readJson = <T>(file: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const writeRecord = (dir: string, record: Record): void => {
  const draft = join(dir, `draft.${randomBytes(8).toString('hex')}`);
  writeFileSync(draft, JSON.stringify(record, null, 2), { mode: 0o600 });
  renameSync(draft, join(dir, 'cluster.json'));
};

/** Where the data folder goes: into DATA_DIR, or beside other reachable things when the server's account cannot enter it. */
const placeFor = (dir: string, account: Account): string => {
  const random = randomBytes(6).toString('hex');
  return canReach(account, dir) ? join(dir, `cluster-${random}`) : join(reachableFolder(account), `cluster-${random}`);
};

const initialise = async (initdb: string, account: Account, record: Record, dir: string, durable: boolean): Promise<void> => {
  const draft = `${record.cluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  // the password goes through a file inside the new folder's own parent, readable for the server's account alone
  const secret = `${draft}.secret`;
  writeFileSync(secret, `${record.password}\n`, { mode: 0o600 });
  try {
    if (account.uid !== undefined && account.gid !== undefined) {
      chownSync(draft, account.uid, account.gid);
      chownSync(secret, account.uid, account.gid);
    }
    const flags = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--auth=scram-sha-256'];
    await exec(initdb, ['-D', draft, '--username=postgres', `--pwfile=${secret}`, ...flags, ...(durable ? [] : ['--no-sync'])], {
      ...account,
      cwd: draft,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
    });
  } finally {
    rmSync(secret, { force: true });
  }
  renameSync(draft, record.cluster);
  writeRecord(dir, { ...record, initialised: true });
};

/** The record, made and filled at the first use. A crash at any point of the first use leaves nothing that the next cannot take up. */
const prepare = async (dir: string, account: Account, initdb: string, durable: boolean): Promise<Record> => {
  let record = readJson<Record>(join(dir, 'cluster.json'));
  if (record?.initialised && !existsSync(join(record.cluster, 'PG_VERSION')))
    throw new Error(
      `the database of ${dir} is recorded at ${record.cluster}, but is not there: restore it, or remove ${dir} to start anew`,
    );
  if (!record) {
    const password = randomBytes(24).toString('base64url');
    record = { cluster: placeFor(dir, account), password, servicePassword: randomBytes(24).toString('base64url'), initialised: false };
    writeRecord(dir, record);
  }
  if (!record.initialised) {
    if (existsSync(join(record.cluster, 'PG_VERSION'))) writeRecord(dir, { ...record, initialised: true });
    else await initialise(initdb, account, record, dir, durable);
    record = { ...record, initialised: true };
  }
  return record;
};

/** Removes the registrations of processes that are gone and says how many are left. */
const usersLeft = (users: string): number => {
  let left = 0;
  for (const name of readdirSync(users)) {
    const file = join(users, name);
    const user = readJson<{ pid: number; identity: string }>(file);
    if (user && isSameProcess(user.pid, user.identity)) left += 1;
    else rmSync(file, { force: true });
  }
  return left;
};

/**
 * Joins the embedded PostgreSQL whose records stand in `dir`, or starts it: the one way for the service, every command and
 * stdio. Any number of processes may do so at once. The server is nobody's child in effect: it outlives a killed starter and
 * is joined by the next; the last to leave stops it; one that is dying is waited for.
 * @param dir a folder of DATA_DIR that belongs to this alone (made with 0700)
 * @param options.durable false only for tests (no fsync)
 */
export const joinCluster = async (dir: string, options: { durable?: boolean } = {}): Promise<Cluster> => {
  const folder = resolve(dir);
  const users = join(folder, 'users');
  const durable = options.durable ?? true;
  const account = serverAccount();
  mkdirSync(users, { recursive: true, mode: 0o700 });
  // only a folder the other account needs to pass through is opened for passing, never for listing
  chmodSync(folder, account.uid === undefined ? 0o700 : 0o711);
  const registration = join(users, `${process.pid}.${randomBytes(6).toString('hex')}.json`);

  const { record, port, settings } = await withLock(folder, async () => {
    const binaries = findBinaries(account, folder);
    const prepared = await prepare(folder, account, binaries.initdb, durable);
    const settings: ServerSettings = {
      postgres: binaries.postgres,
      account,
      cluster: prepared.cluster,
      password: prepared.password,
      log: join(folder, 'postgres.log'),
      durable,
    };
    const started = await startServer(settings, prepared.port);
    if (started !== prepared.port) writeRecord(folder, { ...prepared, port: started });
    writeFileSync(registration, JSON.stringify({ pid: process.pid, identity: identityOf(process.pid) }), { mode: 0o600 });
    return { record: prepared, port: started, settings };
  });

  let left = false;
  let unwatch: () => void = () => {};
  const stopIfLast = (stop: (cluster: string) => unknown): unknown => {
    rmSync(registration, { force: true });
    return usersLeft(users) === 0 ? stop(record.cluster) : undefined;
  };
  const onExit = (): void => {
    if (!left && existsSync(users)) withLockSync(folder, () => void stopIfLast(signalStop), 3000);
  };
  process.once('exit', onExit);

  return {
    port,
    password: record.password,
    servicePassword: record.servicePassword,
    adminUrl: (database) => `postgres://postgres:${record.password}@127.0.0.1:${port}/${database}`,
    watch: (tell) => {
      unwatch();
      unwatch = watchServer(
        () => serverPid(record.cluster) === undefined,
        // Under the lock: of all who watch one starts it, the others find it running.
        () => withLock(folder, async () => void (left || (await startServer(settings, port, true)))),
        tell,
      );
    },
    leave: async () => {
      if (left) return;
      left = true;
      unwatch();
      process.off('exit', onExit);
      await withLock(folder, async () => void (await stopIfLast(stopServer)));
    },
  };
};
