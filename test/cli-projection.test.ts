import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import pg from 'pg';
import { type Assistant, connectAssistant } from '../src/cli/mcp-client.ts';
import { openDatabase } from '../src/database/open.ts';
import { serverPid } from '../src/database/server.ts';
import { streams } from '../src/domain/events.ts';
import { postgresStore } from '../src/store/postgres/store.ts';
import { clusterOf, dataFolder, orgonaut, type Running, startServe } from './support/cli.ts';
import { newId } from './support/engine.ts';

const connect = (serve: Running): Promise<Assistant> =>
  connectAssistant({ mcp: serve.ready.mcp, tenant: String(serve.ready.tenant), token: String(serve.ready.token) }, 'test', '1');

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer fits; the last answer otherwise. */
const until = async <A>(ask: () => Promise<A>, fits: (answer: A) => boolean, ms = 120_000): Promise<A> => {
  for (const end = Date.now() + ms; ; await pause(100)) {
    const answer = await ask();
    if (fits(answer) || Date.now() > end) return answer;
  }
};

interface Status {
  up_to_date: boolean;
  projections: { stuck?: Record<string, unknown> }[];
}

test.serial(
  'a rebuild beside the service proves that what is served is what the log says; a lane that stands still is told and goes on',
  async (t) => {
    const data = dataFolder(t);
    const env = { DATA_DIR: data };
    const serve = await startServe(env);
    const assistant = await connect(serve);

    const rebuilt = await orgonaut(['projection', 'rebuild', '--json'], env);
    t.is(rebuilt.code, 0, rebuilt.stderr);
    t.like(rebuilt.json, { projection: 'read', version: 1, generation: 2, equal: true, swapped: true });
    t.is(rebuilt.json.tenants[0].tenant, 'demo');
    t.is(rebuilt.json.tenants[0].proof.live_digest, rebuilt.json.tenants[0].proof.rebuilt_digest);
    t.regex(rebuilt.json.tenants[0].proof.rebuilt_digest, /^[0-9a-f]{64}$/);
    const made = await assistant.call('scenario.create', { name: 'After the swap' });
    t.like(await assistant.call('scenario.get', { scenario_id: made.scenario_id }), { name: 'After the swap' });
    const told = await orgonaut(['projection', 'rebuild', '--tenant', 'demo'], env);
    t.is(told.code, 0, told.stderr);
    t.regex(told.stdout, /Nothing was put in its place/);
    t.is((await orgonaut(['projection', 'rebuild', '--tenant', 'nobody', '--json'], env)).code, 2);

    const database = await openDatabase({ dataDir: data });
    const store = postgresStore(database.pool, database.keys);
    const { position } = await store.append(1, streams.baseline(1), 'any', [
      {
        event_id: newId(),
        type: 'FromTheFuture',
        schema_version: 1,
        data: {},
        metadata: { user: newId(), with: { kind: 'system', id: 'test' }, via: 'system', correlation_id: 'c' },
        recorded_at: new Date().toISOString(),
      },
    ]);
    const status = () => assistant.call('status.get') as unknown as Promise<Status>;
    const stuck = await until(status, (s) => s.projections[0]?.stuck !== undefined);
    t.like(stuck.projections[0]?.stuck, { before_position: position, code: 'EVENT_UNKNOWN' });
    t.regex(String(stuck.projections[0]?.stuck?.way_out), /Update to a version/);
    const doctor = await orgonaut(['doctor', '--json'], env);
    t.is(doctor.code, 1);
    const check = (doctor.json.checks as { name: string; state: string; found: string; way_out?: string }[]).find(
      (c) => c.name === 'projections of demo',
    );
    t.is(check?.state, 'wrong');
    t.true(
      check?.found.includes(`event ${position}`) && check.found.includes('EVENT_UNKNOWN') && check.found.includes('FromTheFuture'),
      check?.found,
    );
    t.regex(check?.way_out ?? '', /Update to a version/);

    const { port, password } = JSON.parse(readFileSync(join(data, 'database', 'cluster.json'), 'utf8')) as {
      port: number;
      password: string;
    };
    const admin = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'orgonaut' });
    await admin.connect();
    await admin.query('set session_replication_role = replica');
    await admin.query('delete from log.event where tenant = 1 and position = $1', [position]);
    await admin.end();
    t.like(await until(status, (s) => s.up_to_date), { up_to_date: true });
    const well = await orgonaut(['doctor', '--json'], env);
    t.is(well.code, 0, well.stdout);

    await store.close();
    await database.close();
    await assistant.close();
    await serve.stop();
  },
);

test.serial('the database that dies under the service is started again; what was acknowledged is there', async (t) => {
  const data = dataFolder(t);
  const serve = await startServe({ DATA_DIR: data });
  const assistant = await connect(serve);
  const cluster = String(clusterOf(data));
  for (let round = 0; round < 2; round++) {
    const { scenario_id } = await assistant.call('scenario.create', { name: `Kept ${round}` });
    const pid = Number(serverPid(cluster));
    process.kill(pid, 'SIGKILL');
    const died = Date.now();
    const read = () => assistant.call('scenario.get', { scenario_id }).catch((error: unknown) => ({ name: '', error }));
    const found = await until(read, (answer) => answer.name !== '');
    t.is(found.name, `Kept ${round}`);
    t.log(`answers again after ${Date.now() - died} ms`);
    t.not(serverPid(cluster), pid);
  }
  t.is(await serve.stop(), 0);
  t.is(serverPid(cluster), undefined);
});
