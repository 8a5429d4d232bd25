import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Assistant, connectAssistant } from '../../src/cli/mcp-client.ts';
import { bin, clusterOf, type Environment, environment, orgonaut, type Running } from '../support/cli.ts';

/** What somebody was told is done: it must be there ever after. */
export type Acknowledged =
  | { what: 'scenario'; scenario_id: string }
  | { what: 'confirm'; proposal_id: string; event_position: number }
  | { what: 'import'; marker: string; rows: number };

export const between = (least: number, most: number): number => Math.floor(least + Math.random() * (most - least));
export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
};

const childrenOf = (pid: number): number[] => {
  try {
    return execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .split('\n')
      .map(Number)
      .filter((n) => n > 0);
  } catch {
    return [];
  }
};

/** The processes of the embedded PostgreSQL of a DATA_DIR: the one that its own pid file names, and its children. */
export const databaseProcesses = (dataDir: string): number[] => {
  const cluster = clusterOf(dataDir);
  const file = cluster && join(cluster, 'postmaster.pid');
  if (!file || !existsSync(file)) return [];
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return pid > 0 ? [pid, ...childrenOf(pid)] : [];
};

/** kill -9 of the service alone, or of everything: the service's group, what else was started, and the database. */
export const strike = (victim: 'service' | 'group', dataDir: string, pids: number[]): void => {
  const [service, ...others] = pids;
  if (service === undefined) return;
  const all = [...databaseProcesses(dataDir), -service, ...others.map((p) => -p)];
  for (const pid of victim === 'service' ? [service] : all) kill(pid);
};

/** Tokens for clients that work side by side, so that none comes near the limits of one token. */
export const clientTokens = async (env: Environment, count: number): Promise<string[]> => {
  const made: string[] = [];
  for (let n = 0; n < count; n++) {
    const { json, stderr } = await orgonaut(
      ['token', 'create', '--tenant', 'demo', '--name', `client ${n}`, '--role', 'manager', '--json'],
      env,
    );
    if (typeof json?.token !== 'string') throw new Error(stderr);
    made.push(json.token);
  }
  return made;
};

const retryAfter = (error: unknown): number | undefined =>
  Number(/"retry_after_seconds":(\d+)/.exec(error instanceof Error ? error.message : '')?.[1]) || undefined;

/** A client that comes again when it was told to wait; with the token that the start printed unless given. */
export const connect = async (serve: Running, token = serve.ready.token as string): Promise<Assistant> => {
  const assistant = await connectAssistant({ mcp: serve.ready.mcp, tenant: serve.ready.tenant as string, token }, 'clients', '1');
  const call: Assistant['call'] = async (...asked) => {
    for (;;) {
      try {
        return await assistant.call(...asked);
      } catch (error) {
        const seconds = retryAfter(error);
        if (seconds === undefined) throw error;
        await pause(seconds * 1000);
      }
    }
  };
  return { ...assistant, call };
};

/** Plans and confirms until something breaks; every answer that arrived is an acknowledgement. */
export const load = async (
  serve: Running,
  token: string | undefined,
  unit: string,
  marker: string,
  told: (done: Acknowledged) => void,
): Promise<void> => {
  try {
    const assistant = await connect(serve, token);
    for (let round = 0; ; round++) {
      const { scenario_id } = (await assistant.call('scenario.create', { name: `${marker} ${round}` })) as { scenario_id: string };
      told({ what: 'scenario', scenario_id });
      for (let i = 0; i < 5; i++) {
        const plan = await assistant.call('scenario.action.plan', {
          scenario_id,
          actions: [{ type: 'org_unit.rename', org_unit_id: unit, name: `${marker} ${round} ${i}` }],
        });
        const done = await assistant.call('scenario.action.confirm', { proposal_id: plan.proposal_id, digest: plan.digest });
        told({ what: 'confirm', proposal_id: String(done.proposal_id), event_position: Number(done.event_position) });
      }
    }
  } catch {
    // The service was killed: what was not answered is not acknowledged.
  }
};

/** Starts an import of a file as a process group of its own. */
export const startImport = (env: Environment, file: string): { pid: number; done: Promise<boolean> } => {
  const child = spawn(process.execPath, [bin, 'import', '--tenant', 'demo', '--file', file, '--json'], {
    env: environment(env),
    stdio: 'ignore',
    detached: true,
  });
  return { pid: child.pid as number, done: new Promise((resolve) => child.once('close', (code) => resolve(code === 0))) };
};

export const importRows = (marker: string, rows: number): string =>
  [
    'position_id,title,org_unit,fte,pay,currency,holder_id,holder_name',
    ...Array.from({ length: rows }, (_, i) => `${marker}-${i},${marker} clerk,Imported > ${marker},1,30000,EUR,${marker}-h${i},Clerk ${i}`),
    '',
  ].join('\n');

const imported = async (assistant: Assistant, marker: string): Promise<number> => {
  let n = 0;
  for (let cursor: unknown; ; ) {
    const page = await assistant.call('position.list', { title: `${marker} clerk`, limit: 100, ...(cursor ? { cursor } : {}) });
    n += (page.positions as unknown[]).length;
    cursor = page.next_cursor;
    if (!cursor) return n;
  }
};

/** Whether what was acknowledged is there. */
export const found = async (assistant: Assistant, done: Acknowledged): Promise<boolean> => {
  switch (done.what) {
    case 'scenario':
      return (await assistant.call('scenario.get', { scenario_id: done.scenario_id }).catch(() => undefined)) !== undefined;
    case 'confirm': {
      const proposal = await assistant.call('scenario.action.get', { proposal_id: done.proposal_id }).catch(() => undefined);
      const { events } = await assistant.call('audit.events', { from_position: done.event_position, to_position: done.event_position });
      const [event] = events as { type: string; proposal_id?: string }[];
      return proposal?.state === 'confirmed' && event?.type === 'ProposalConfirmed' && event.proposal_id === done.proposal_id;
    }
    case 'import':
      return (await imported(assistant, done.marker)) === done.rows;
    default:
      return done satisfies never;
  }
};
