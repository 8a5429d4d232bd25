import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assistant, connectAssistant } from '../../src/cli/mcp-client.ts';
import { removeCluster, startServe } from '../../test/support/cli.ts';
import { databaseMemory, measured, processorSeconds, resident, type Taken, watch } from './sample.ts';

/** Everything measured of one size. Seconds of an answer; a null says that it was not reached. */
export interface Measured {
  positions: number;
  when: string;
  /** Processes waiting for a processor on average over the last minute, at the beginning and at the end: above 2 the machine was busy with other things. */
  load: { before: number; after: number };
  generate: Taken & { bytes: number };
  import: Taken & { events: number };
  replay: (Taken & { equal: boolean }) | null;
  answers: Record<string, number>;
  /** What the service held when it was ready, the most during the import, and the most at any time; the database beside it. */
  service: { ready: number; import: number; ever: number };
  database: number;
  /** Bytes of the disk that were taken at most, scratch included: all that was written meanwhile on a machine with other work. */
  disk?: number;
  error: string | null;
}

/** Less room than this on the disk ends a size before the disk is full. */
const LEAST_FREE = 4e9;
/** How often a long step says that it goes on. */
const SAY_MS = 60_000;
/** How long an answer is waited for: what takes longer than the minute of most clients is to be seen as a figure. */
const PATIENCE_MS = 15 * 60_000;

const free = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

const timed = async (
  assistant: Assistant,
  into: Record<string, number>,
  name: string,
  tool: string,
  args: Record<string, unknown> = {},
) => {
  const began = performance.now();
  const answer = await assistant.call(tool, args, PATIENCE_MS);
  into[name] = (performance.now() - began) / 1000;
  return answer;
};

/** Reads, plans and confirms as an assistant does, through the service. */
const answers = async (assistant: Assistant, into: Record<string, number>): Promise<void> => {
  await timed(assistant, into, 'org.overview, first', 'org.overview');
  await timed(assistant, into, 'org.overview, again', 'org.overview');
  await timed(assistant, into, 'org.tree', 'org.tree', { depth: 2 });
  const page = (await timed(assistant, into, 'position.list, 100', 'position.list', { limit: 100 })) as { positions: { id: string }[] };
  const vacancy = page.positions.at(-1)?.id as string;
  const { scenario_id } = await timed(assistant, into, 'scenario.create', 'scenario.create', { name: 'Scale' });
  const plan = await timed(assistant, into, 'plan: one pay', 'scenario.action.plan', {
    scenario_id,
    actions: [{ type: 'position.set_pay', position_id: vacancy, pay_amount: '50000', pay_currency: 'GBP' }],
  });
  await timed(assistant, into, 'confirm', 'scenario.action.confirm', { proposal_id: plan.proposal_id, digest: plan.digest });
  await timed(assistant, into, 'org.overview of the scenario', 'org.overview', { scenario_id });
  await timed(assistant, into, 'scenario.compare', 'scenario.compare', { scenario_ids: [null, scenario_id] });
};

/** Generates, imports, answers, plans and replays one size on an installation of its own, and removes it. */
export const run = async (positions: number, say: (text: string) => void): Promise<Measured> => {
  const folder = mkdtempSync(join(tmpdir(), 'orgonaut-scale-'));
  // The database's user has to pass through.
  chmodSync(folder, 0o755);
  const env = { DATA_DIR: join(folder, 'data') };
  const file = join(folder, 'generated.csv');
  const before = loadavg()[0] as number;
  const none = { seconds: 0, cpu: 0, resident: 0 };
  const out: Measured = {
    positions,
    when: new Date().toISOString().slice(0, 10),
    load: { before, after: before },
    generate: { ...none, bytes: 0 },
    import: { ...none, events: 0 },
    replay: null,
    answers: {},
    service: { ready: 0, import: 0, ever: 0 },
    database: 0,
    error: null,
  };
  const serve = await startServe(env).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const service = serve.child.pid as number;
  out.service.ready = resident(service);
  const freeBefore = free(folder);
  const memory = watch({
    service: () => resident(service),
    database: () => databaseMemory(env.DATA_DIR),
    disk: () => freeBefore - free(folder),
  });
  let step = 'start';
  let child = 0;
  const began = performance.now();
  const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const ticker = setInterval(() => {
    const minutes = Math.round((performance.now() - began) / 60_000);
    say(
      `${minutes} min, ${step}: process ${mb(resident(child))} after ${Math.round(processorSeconds(child))} s of processor, service ${mb(resident(service))}, ` +
        `database at most ${mb(memory.most.database)}, disk free ${mb(free(folder))}`,
    );
    if (free(folder) > LEAST_FREE || child === 0) return;
    say(`${step} is stopped: the disk has less than ${mb(LEAST_FREE)} left`);
    try {
      process.kill(child, 'SIGTERM');
    } catch {
      // It ended by itself meanwhile.
    }
  }, SAY_MS);
  const command = async (name: string, args: readonly string[]) => {
    step = name;
    say(`${name} …`);
    const done = await measured([name, ...args], env, (pid) => {
      child = pid;
    });
    child = 0;
    return done;
  };
  const failed = (error: unknown) => {
    child = 0;
    const text = `${step} failed: ${(error instanceof Error ? error.message : String(error)).slice(0, 500)}`;
    out.error ??= text;
    say(text);
  };
  try {
    const { json: made, ...generated } = await command('generate', ['--positions', String(positions), '--seed', '1', '--out', file]);
    out.generate = { ...generated, bytes: (made.files as { bytes: number }[])[0]?.bytes ?? 0 };
    say(`generated in ${generated.seconds.toFixed(1)} s`);
    await command('tenant', ['create', '--slug', 'scale', '--name', 'Scale', '--currency', 'GBP', '--subscription', 'enterprise']);
    const { json: access } = await command('token', ['create', '--tenant', 'scale', '--name', 'scale', '--role', 'owner']);
    memory.most.service = 0;
    const { json: report, ...imported } = await command('import', ['--tenant', 'scale', '--file', file]);
    rmSync(file);
    out.import = { ...imported, events: Number(report.event_position) - Number(report.position_before) };
    out.service.import = memory.most.service;
    say(
      `imported in ${imported.seconds.toFixed(1)} s, ${imported.cpu.toFixed(1)} s of processor, ${mb(imported.resident)}; the service ${mb(out.service.import)}`,
    );
    try {
      step = 'answers';
      const assistant = await connectAssistant({ mcp: serve.ready.mcp, tenant: 'scale', token: String(access.token) }, 'scale', '1');
      await answers(assistant, out.answers).finally(() => assistant.close());
    } catch (error) {
      // What was answered is kept, and the replay is measured all the same.
      failed(error);
    }
    say(
      Object.entries(out.answers)
        .map(([name, s]) => `${name} ${s.toFixed(2)} s`)
        .join(', '),
    );
    const { json: replayed, ...took } = await command('replay', ['--tenant', 'scale', '--verify']);
    out.replay = { ...took, equal: replayed.equal === true };
    say(`replayed in ${took.seconds.toFixed(1)} s, ${mb(took.resident)}, digests ${out.replay.equal ? 'equal' : 'NOT equal'}`);
  } catch (error) {
    failed(error);
  } finally {
    clearInterval(ticker);
    const most = memory.stop();
    out.disk = most.disk;
    out.service.ever = Math.max(most.service, out.service.import);
    out.database = most.database;
    out.load = { before, after: loadavg()[0] as number };
    await serve.stop();
    removeCluster(env.DATA_DIR);
    rmSync(folder, { recursive: true, force: true });
  }
  return out;
};
