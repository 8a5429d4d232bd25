import { spawn } from 'node:child_process';
import test from 'ava';
import type { Assistant } from '../../src/cli/mcp-client.ts';
import { bin, dataFolder, environment, orgonaut, startServe } from '../support/cli.ts';
import { between, clientTokens, connect, importRows, pause } from './killing.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CLIENTS = 16;
const ROUNDS = Number(process.env.ROUNDS ?? 4);
/** A client plans once in so long, and has a token of its own, so that nobody comes near the limit of 100 plans a minute. */
const BETWEEN_PLANS_MS = 700;

test('rebuilds beside 16 clients that read and confirm: no call fails, no answer is stale, the digests are equal', async (t) => {
  t.timeout(20 * 60_000);
  const data = dataFolder(t);
  const env = { DATA_DIR: data };
  const serve = await startServe(env);
  t.teardown(() => serve.stop('SIGKILL'));
  const file = join(data, 'rows.csv');
  writeFileSync(file, importRows('ballast', Number(process.env.ROWS ?? 8_000)));
  t.is((await orgonaut(['import', '--tenant', 'demo', '--file', file, '--json'], env)).code, 0);
  const first = await connect(serve);
  const tokens = await clientTokens(env, CLIENTS);
  const { nodes } = (await first.call('org.tree', { depth: 2 })) as { nodes: { id: string; children: { id: string }[] }[] };
  const unit = (nodes[0]?.children[0] ?? nodes[0])?.id;

  let going = true;
  let calls = 0;
  let slowest = 0;
  const timed = async (client: Assistant, tool: string, args: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const from = performance.now();
    const answer = await client.call(tool, args);
    slowest = Math.max(slowest, performance.now() - from);
    calls += 1;
    return answer;
  };
  const work = async (n: number): Promise<void> => {
    const client = await connect(serve, tokens[n]);
    const { scenario_id } = await timed(client, 'scenario.create', { name: `Client ${n}` });
    for (let i = 1; going; i++) {
      const again = pause(BETWEEN_PLANS_MS);
      const name = `Unit ${n} ${i}`;
      const plan = await timed(client, 'scenario.action.plan', {
        scenario_id,
        actions: [{ type: 'org_unit.rename', org_unit_id: unit, name, effective_on: '2031-01-01' }],
      });
      const done = await timed(client, 'scenario.action.confirm', { proposal_id: plan.proposal_id, digest: plan.digest });
      const read = await timed(client, 'org.entity', { id: unit, scenario_id, effective_on: '2031-01-01' });
      t.true(JSON.stringify(read).includes(name), `client ${n} does not see what it confirmed at ${done.event_position}`);
      t.is((await timed(client, 'scenario.get', { scenario_id })).content_version, i);
      await again;
    }
    await client.close();
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, n) => work(n)));
  clients.catch(() => {
    going = false;
  });
  for (let round = 0; round < ROUNDS && going; round++) {
    const killed = spawn(process.execPath, [bin, 'projection', 'rebuild', '--json'], { env: environment(env), stdio: 'ignore' });
    await pause(between(500, 6_000));
    killed.kill('SIGKILL');
    const rebuilt = await orgonaut(['projection', 'rebuild', '--json'], env);
    t.is(rebuilt.code, 0, rebuilt.stderr);
    t.like(rebuilt.json, { equal: true, swapped: true });
    console.log(
      `rebuild ${round + 1}: generation ${rebuilt.json.generation}, ${rebuilt.json.events} events in ${rebuilt.json.seconds.toFixed(1)} s, resumed ${rebuilt.json.resumed}; so far ${calls} calls, slowest ${slowest.toFixed(0)} ms`,
    );
  }
  going = false;
  await clients;
  const verified = await orgonaut(['replay', '--tenant', 'demo', '--verify', '--json'], env);
  t.is(verified.code, 0, verified.stderr);
  t.true(verified.json.equal);
  t.true(calls > CLIENTS * 8, `${calls} calls`);
  await first.close();
  t.is(await serve.stop(), 0);
});
