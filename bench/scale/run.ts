import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assistant, connectAssistant } from '../../src/cli/mcp-client.ts';
import { removeCluster, startServe } from '../../test/support/cli.ts';
import { databaseMemory, measured, resident, type Taken, watch } from './sample.ts';

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
  error: string | null;
}

const timed = async (
  assistant: Assistant,
  into: Record<string, number>,
  name: string,
  tool: string,
  args: Record<string, unknown> = {},
) => {
  const began = performance.now();
  const answer = await assistant.call(tool, args);
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
  const none = { seconds: 0, resident: 0 };
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
  out.service.ready = resident(serve.child.pid as number);
  const memory = watch({ service: () => resident(serve.child.pid as number), database: () => databaseMemory(env.DATA_DIR) });
  try {
    const { json: made, ...generated } = await measured(['generate', '--positions', String(positions), '--seed', '1', '--out', file], env);
    out.generate = { ...generated, bytes: (made.files as { bytes: number }[])[0]?.bytes ?? 0 };
    say(`generated in ${generated.seconds.toFixed(1)} s`);
    await measured(['tenant', 'create', '--slug', 'scale', '--name', 'Scale', '--currency', 'GBP', '--subscription', 'enterprise'], env);
    const { json: access } = await measured(['token', 'create', '--tenant', 'scale', '--name', 'scale', '--role', 'owner'], env);
    memory.most.service = 0;
    const { json: report, ...imported } = await measured(['import', '--tenant', 'scale', '--file', file], env);
    out.import = { ...imported, events: Number(report.event_position) - Number(report.position_before) };
    out.service.import = memory.most.service;
    say(
      `imported in ${imported.seconds.toFixed(1)} s, ${Math.round(imported.resident / 1e6)} MB; the service ${Math.round(out.service.import / 1e6)} MB`,
    );
    const assistant = await connectAssistant({ mcp: serve.ready.mcp, tenant: 'scale', token: String(access.token) }, 'scale', '1');
    await answers(assistant, out.answers);
    await assistant.close();
    say(
      Object.entries(out.answers)
        .map(([name, s]) => `${name} ${s.toFixed(2)} s`)
        .join(', '),
    );
    const { json: replayed, ...took } = await measured(['replay', '--tenant', 'scale', '--verify'], env);
    out.replay = { ...took, equal: replayed.equal === true };
    say(`replayed in ${took.seconds.toFixed(1)} s, ${Math.round(took.resident / 1e6)} MB`);
  } catch (error) {
    out.error = error instanceof Error ? error.message.slice(0, 500) : String(error);
    say(out.error);
  } finally {
    const most = memory.stop();
    out.service.ever = Math.max(most.service, out.service.import);
    out.database = most.database;
    out.load = { before, after: loadavg()[0] as number };
    await serve.stop();
    removeCluster(env.DATA_DIR);
    rmSync(folder, { recursive: true, force: true });
  }
  return out;
};
