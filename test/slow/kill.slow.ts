import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { eventStoreServer } from '../eventstoredb/server.ts';
import { bin, dataFolder, type Environment, environment, orgonaut, type Running, startServe } from '../support/cli.ts';
import {
  type Acknowledged,
  between,
  clientTokens,
  connect,
  databaseProcesses,
  found,
  importRows,
  load,
  pause,
  startImport,
  strike,
} from './killing.ts';

/**
 * `npm run test:kill -- 50` says how many rounds; the slower suite does a few. `npm run test:kill -- eventstoredb 50` keeps the log
 * in an EventStoreDB (the server of the tests), which loses answers and is restarted meanwhile.
 */
const rounds = Number(process.argv.at(-1)) || 6;
const onEventStore = process.argv.includes('eventstoredb');
const phases = ['load', 'import', 'start'] as const;
const victims = ['service', 'group'] as const;

const say = (text: string): void => console.log(text);

const ensureDead = async (dataDir: string): Promise<void> => {
  for (let i = 0; i < 20 && databaseProcesses(dataDir).length > 0; i++) await pause(50);
};

/** A start that is killed at a random moment: before, during or just after the database and the demo tenant come up. */
const killedStart = async (env: Environment, dataDir: string, victim: (typeof victims)[number], most: number): Promise<void> => {
  const child = spawn(process.execPath, [bin, 'serve', '--json'], {
    env: environment({ ...env, PORT: '0' }),
    stdio: 'ignore',
    detached: true,
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  await pause(between(50, most));
  strike(victim, dataDir, [child.pid as number]);
  await closed;
};

test('nothing that was acknowledged is lost when the service, or everything, is killed at random moments', async (t) => {
  const dataDir = dataFolder(t);
  const events = onEventStore ? await eventStoreServer(t) : undefined;
  const env: Environment = { DATA_DIR: dataDir, ...(events ? { EVENTSTORE_URL: events.url } : {}) };
  let serve: Running | undefined;
  t.teardown(async () => {
    await serve?.stop('SIGKILL');
    for (const pid of databaseProcesses(dataDir)) process.kill(pid, 'SIGKILL');
  });
  const told: Acknowledged[] = [];
  let checked = 0;

  // The very first start makes the cluster, the schemas and the demo tenant: it is killed as well, three times.
  for (const victim of ['group', 'service', 'group'] as const) await killedStart(env, dataDir, victim, 5_000);
  serve = await startServe(env);
  const tokens = await clientTokens(env, 12);

  for (let round = 1; round <= rounds; round++) {
    const phase = phases[(round - 1) % phases.length] as (typeof phases)[number];
    const victim = victims[Math.floor((round - 1) / phases.length) % victims.length] as (typeof victims)[number];
    const assistant = await connect(serve);
    const root = ((await assistant.call('org.tree', { depth: 1 })).nodes as { id: string }[])[0]?.id as string;
    await assistant.close();
    const before = told.length;
    const running = serve;
    const loads = [0, 1, 2].map((n) =>
      load(running, tokens[(round * 3 + n) % tokens.length], root, `r${round}-${n}`, (done) => told.push(done)),
    );
    const pids = [running.child.pid as number];
    const marker = `r${round}x${Date.now()}`;
    const file = join(dataDir, `${marker}.csv`);
    if (events) events.faults.loseAnswer += between(0, 4);
    if (events && round % 2 === 0) {
      await pause(between(50, 500));
      await events.stop();
      await pause(between(50, 500));
      await events.start();
    }
    let importing: Promise<boolean> | undefined;
    if (phase === 'import') {
      writeFileSync(file, importRows(marker, 400));
      const started = startImport(env, file);
      pids.push(started.pid);
      importing = started.done;
      await pause(between(300, 4_000));
    } else await pause(between(200, 2_500));
    strike(victim, dataDir, pids);
    await Promise.all(loads);
    await running.stop('SIGKILL');
    if (phase === 'start') for (const again of victims) await killedStart(env, dataDir, again, 2_500);
    await ensureDead(dataDir);

    serve = await startServe(env);
    if (importing && (await importing)) told.push({ what: 'import', marker, rows: 400 });
    // An import that was killed half-way is repeated, and then stands once.
    else if (importing) {
      const again = await orgonaut(['import', '--tenant', 'demo', '--file', file, '--json'], env);
      t.is(again.code, 0, again.stderr);
      told.push({ what: 'import', marker, rows: 400 });
    }
    const reader = await connect(serve);
    for (const done of told.slice(checked)) {
      if (!(await found(reader, done))) say(`LOST in round ${round}: ${JSON.stringify(done)}`);
    }
    checked = told.length;
    await reader.close();
    say(`round ${round}: ${victim} killed during ${phase}, ready again after ${serve.after} ms, acknowledged ${told.length - before}`);
    if (round % 5 === 0 || round === rounds) {
      const replay = await orgonaut(['replay', '--tenant', 'demo', '--verify', '--json'], env);
      t.true(replay.json.equal, `replay after round ${round}: ${replay.stderr} ${replay.stdout}`);
      say(`replay after round ${round}: ${replay.json.events} events, equal ${replay.json.equal}`);
    }
  }
  // Counted at the very end, so that what a later kill took away is missed too.
  const reader = await connect(serve);
  let lost = 0;
  for (const done of told) if (!(await found(reader, done))) lost += 1;
  const demo = await reader.call('org.overview', { effective_on: '2026-12-31' });
  await reader.close();
  t.true(Number(demo.seats) >= 260);
  const doctor = await orgonaut(['doctor', '--json'], env);
  t.true(doctor.json.ok, doctor.stdout);
  t.is(await serve.stop(), 0);
  if (events) {
    // The same history on the other store: what was moved back is what the event store has, and comes to the same read model.
    const there = await orgonaut(['replay', '--tenant', 'demo', '--verify', '--json'], env);
    const back = await orgonaut(['log', 'copy', '--tenant', 'demo', '--from', events.url, '--json'], { DATA_DIR: dataDir });
    t.like(back.json, { moved: true, equal: true }, back.stderr);
    const here = await orgonaut(['replay', '--tenant', 'demo', '--verify', '--json'], { DATA_DIR: dataDir });
    t.true(there.json.equal && here.json.equal, `${there.stdout} ${here.stdout}`);
    t.is(here.json.replayed_digest, there.json.replayed_digest);
    t.is(here.json.live_digest, there.json.live_digest);
  }
  say(`acknowledged ${told.length}, found ${told.length - lost}, lost ${lost}`);
  t.true(told.length > rounds, 'the load acknowledged something in every round');
  t.is(lost, 0);
});
