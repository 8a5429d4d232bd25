import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../bin/orgonaut.js', import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The one line of JSON a command prints with `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not
  json: Record<string, any>;
}

export type Environment = Record<string, string | undefined>;

/** Where what Node compiled is kept between the many commands of the tests, which mostly start: half of that is compiling. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/orgonaut-compiled', import.meta.url));

/** The environment of a command: this machine's, without settings of its own. */
export const environment = (more: Environment = {}): NodeJS.ProcessEnv => {
  const {
    PORT: _p,
    HOST: _h,
    DATA_DIR: _d,
    DATABASE_URL: _u,
    MASTER_KEY: _m,
    EVENTSTORE_URL: _e,
    PUBLIC_URL: _w,
    TENANT_DOMAIN: _n,
    DEFAULT_TENANT: _f,
    MCP_REDIRECT_DOMAINS: _r,
    LOG_LEVEL: _l,
    MCP_TOKEN: _t,
    ...rest
  } = process.env;
  return { NODE_COMPILE_CACHE: compiled, ...rest, ...more };
};

const oneLine = (stdout: string): Ran['json'] => {
  const lines = stdout.trimEnd().split('\n');
  try {
    return lines.length === 1 ? (JSON.parse(lines[0] as string) as Ran['json']) : {};
  } catch {
    return {};
  }
};

/** Runs one command line to its end. */
export const orgonaut = (args: readonly string[], env: Environment = {}, input?: string): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { env: environment(env), stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (d) => (stdout += d));
    child.stderr.on('data', (d) => (stderr += d));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, json: oneLine(stdout) }));
    child.stdin.end(input ?? '');
  });

export interface Running {
  child: ChildProcess;
  ready: {
    ready: true;
    url: string;
    mcp: string;
    tenant: string | null;
    token: string | null;
    sign_in: { url: string; email: string; password: string } | null;
  };
  /** Milliseconds from the start to the ready line. */
  after: number;
  stderr(): string;
  /** Ends it with a signal and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `serve --json` and waits for its line. A process group of its own, so that all of it can be killed. */
export const startServe = (env: Environment, options: { timeoutMs?: number; command?: string[] } = {}): Promise<Running> =>
  new Promise((resolve, reject) => {
    const began = Date.now();
    const [program = process.execPath, ...args] = options.command ?? [process.execPath, bin, 'serve', '--json'];
    const child = spawn(program, args, { env: environment({ PORT: '0', ...env }), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let stdout = '';
    let stderr = '';
    const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready in time: ${stderr}`));
    }, options.timeoutMs ?? 150_000);
    child.stderr?.on('data', (d) => (stderr += d));
    child.stdout?.on('data', (d) => {
      stdout += d;
      if (!stdout.includes('\n')) return;
      clearTimeout(timer);
      child.stdout?.removeAllListeners('data').resume();
      resolve({
        child,
        ready: JSON.parse(stdout),
        after: Date.now() - began,
        stderr: () => stderr,
        stop: (signal = 'SIGTERM') => {
          child.kill(signal);
          return ended;
        },
      });
    });
    child.once('error', reject);
    void ended.then((code) => {
      clearTimeout(timer);
      reject(new Error(`serve ended with ${code} before it was ready: ${stderr}`));
    });
  });

/**
 * A DATA_DIR of its own, removed at the end with the cluster it remembers elsewhere. Others may pass through it unless `mode` says
 * otherwise, so that the cluster stands inside.
 */
export const dataFolder = (t: { teardown(fn: () => void): void }, mode = 0o755): string => {
  const outer = mkdtempSync(join(tmpdir(), 'orgonaut-cli-'));
  chmodSync(outer, mode);
  const folder = join(outer, 'data');
  t.teardown(() => {
    removeCluster(folder);
    rmSync(outer, { recursive: true, force: true });
  });
  return folder;
};

/** Where the cluster of a DATA_DIR stands. */
export const clusterOf = (dataDir: string): string | undefined => {
  const record = join(dataDir, 'database', 'cluster.json');
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as { cluster: string }).cluster : undefined;
};

/** Removes a cluster that stands outside its DATA_DIR. */
export const removeCluster = (dataDir: string): void => {
  const cluster = clusterOf(dataDir);
  if (cluster && !cluster.startsWith(dataDir)) rmSync(cluster, { recursive: true, force: true });
};
