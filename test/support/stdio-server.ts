import { pino } from 'pino';
import pg from 'pg';
import { accessDirectory } from '../../src/access/directory.ts';
import type { Deps } from '../../src/application/context.ts';
import { Refusal } from '../../src/domain/codes.ts';
import { offeredTools } from '../../src/mcp/operations.ts';
import { rateLimits } from '../../src/access/limits.ts';
import { serveOrgonautStdio } from '../../src/mcp/stdio.ts';
import { openOrm } from '../../src/projections/orm.ts';
import { projectionRunner } from '../../src/projections/runner.ts';
import { PersonalKeys } from '../../src/store/personal-keys.ts';
import { postgresStore } from '../../src/store/postgres/store.ts';
import { newId } from './engine.ts';

/** MCP over stdio on the database of a test: the real parts, wired as the command line wires them. */
const url = process.env.TEST_DATABASE_URL ?? '';
const pool = new pg.Pool({ connectionString: url, max: 4, options: '-c search_path=read_v1 -c timezone=UTC' });
const store = postgresStore(pool, new PersonalKeys(pool, Buffer.alloc(32, 7)));
const { sql, close } = await openOrm(url, { poolMax: 4 });
const runner = projectionRunner({ store, sql });
const deps: Deps = {
  store,
  sql,
  reached: (tenant, position, signal) => runner.catchUp(tenant, position, signal),
  projected: (tenant) => runner.projected(tenant),
  now: () => new Date(),
  newId: () => newId(),
};
const directory = accessDirectory(sql, { store, now: deps.now, newId: deps.newId });
const end = async (code: number): Promise<never> => {
  await runner.stop();
  await store.close();
  await close();
  process.exit(code);
};
try {
  const { closed } = await serveOrgonautStdio({
    limits: rateLimits(deps.sql),
    deps,
    directory,
    box: offeredTools(),
    log: pino({ level: 'warn' }, pino.destination(2)),
    token: process.env.MCP_TOKEN,
  });
  void closed.then(() => end(0));
} catch (error) {
  process.stderr.write(`${error instanceof Refusal ? `${error.message}. ${error.findings[0]?.way_out}` : String(error)}\n`);
  await end(1);
}
