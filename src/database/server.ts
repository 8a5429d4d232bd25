import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { commandLineOf, isAlive } from './process.ts';
import type { Account } from './reach.ts';

/** How long a start, a stop or a recovery after a crash may take, in ms. */
const PATIENCE_MS = 120_000;

export interface ServerSettings {
  postgres: string;
  account: Account;
  /** The cluster's data folder. */
  cluster: string;
  /** Superuser password. */
  password: string;
  /** The server's log, appended to. */
  log: string;
  /** False only for tests: a crash of the machine may then lose data. */
  durable: boolean;
}

const tuning = (durable: boolean): Record<string, string> => ({
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: durable ? '200' : '400',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  random_page_cost: '1.1',
  // short queries: compiling them costs more than it saves
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
});

/** The process that serves this cluster now, by its own pid file; undefined when none runs. A pid that went to another program does not count. */
export const serverPid = (cluster: string): number | undefined => {
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(join(cluster, 'postmaster.pid'), 'utf8'), 10);
  } catch {
    return undefined;
  }
  return pid > 0 && isAlive(pid) && commandLineOf(pid).includes(cluster) ? pid : undefined;
};

/** The port the running server says it listens on, once it is ready. */
const readyPort = (cluster: string): number | undefined => {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return lines[7]?.trim() === 'ready' ? Number(lines[3]) : undefined;
  } catch {
    return undefined;
  }
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

const answers = async (port: number, password: string): Promise<boolean> => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    // 28P01: somebody else's server sits on the port, or the password is not this cluster's
    if ((error as { code?: string }).code === '28P01')
      throw new Error('the embedded database refuses its recorded password', { cause: error });
    return false;
  } finally {
    await client.end().catch(() => {});
  }
};

/**
 * Waits for a server that runs, starts or dies.
 * @returns its port when it answers, undefined when it is gone
 */
export const awaitServer = async (settings: ServerSettings): Promise<number | undefined> => {
  const deadline = Date.now() + PATIENCE_MS;
  while (serverPid(settings.cluster) !== undefined) {
    const port = readyPort(settings.cluster);
    if (port !== undefined && (await answers(port, settings.password))) return port;
    if (Date.now() > deadline) throw new Error(`the embedded database neither answers nor ends; its log is ${settings.log}`);
    await sleep(20);
  }
  return undefined;
};

const tail = (file: string, from: number): string => {
  try {
    return readFileSync(file).subarray(from).toString('utf8').slice(-4000);
  } catch {
    return '';
  }
};

const size = (file: string): number => {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
};

/**
 * Starts the server as a process of its own, in a session of its own, so that it outlives whoever started it and gets none
 * of the signals of a terminal. Waits for one that is dying; takes another port when the wanted one is taken.
 * @param wantedPort the port of the last start, kept so that clients find the server again
 * @param insist waits for that port: somebody's pools know no other
 * @returns the port
 */
export const startServer = async (settings: ServerSettings, wantedPort: number | undefined, insist = false): Promise<number> => {
  const deadline = Date.now() + PATIENCE_MS;
  let said = '';
  while (Date.now() < deadline) {
    const running = await awaitServer(settings);
    if (running !== undefined) return running;
    if (insist && wantedPort !== undefined && !(await isFree(wantedPort))) {
      said = `port ${wantedPort} is taken`;
      await sleep(100);
      continue;
    }
    // PostgreSQL takes the file of a crash for its own, unless the pid went to another process of this user
    rmSync(join(settings.cluster, 'postmaster.pid'), { force: true });
    const port = wantedPort !== undefined && (await isFree(wantedPort)) ? wantedPort : await freePort();
    const from = size(settings.log);
    const log = openSync(settings.log, 'a', 0o600);
    const options = Object.entries({ ...tuning(settings.durable), port: String(port) }).flatMap(([k, v]) => ['-c', `${k}=${v}`]);
    const child = spawn(settings.postgres, ['-D', settings.cluster, ...options], {
      ...settings.account,
      cwd: settings.cluster,
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
    });
    closeSync(log);
    const failed = new Promise<string>((resolve) => child.once('error', (e) => resolve(e.message)).once('exit', () => resolve('exit')));
    child.unref();
    const started = await Promise.race([failed, untilReady(settings, child.pid)]);
    if (typeof started === 'number') return started;
    said = tail(settings.log, from);
    // after a crash the old backends hold the shared memory for a moment; a port can be taken between the look and the start
    if (!/shared memory|lock file|could not bind|Address already in use|could not create any TCP/.test(said))
      throw new Error(`the embedded database does not start (${started}): ${said.trim() || 'it said nothing'}`);
    await sleep(100);
  }
  throw new Error(`the embedded database does not start: ${said.trim()}`);
};

const untilReady = async (settings: ServerSettings, pid: number | undefined): Promise<number | 'exit'> => {
  const deadline = Date.now() + PATIENCE_MS;
  while (pid !== undefined && isAlive(pid) && Date.now() < deadline) {
    const port = readyPort(settings.cluster);
    if (port !== undefined && (await answers(port, settings.password))) return port;
    await sleep(10);
  }
  return 'exit';
};

/** Asks the server to end at once and in order (a "fast" shutdown); does not wait. */
export const signalStop = (cluster: string): number | undefined => {
  const pid = serverPid(cluster);
  if (pid !== undefined) process.kill(pid, 'SIGINT');
  return pid;
};

/** Stops the server and waits until it is gone. */
export const stopServer = async (cluster: string): Promise<void> => {
  const pid = signalStop(cluster);
  const deadline = Date.now() + PATIENCE_MS;
  while (pid !== undefined && serverPid(cluster) === pid && Date.now() < deadline) await sleep(10);
};
