import { fileURLToPath } from 'node:url';
import type { Middleware } from 'koa';
import { type Logger, pino } from 'pino';
import { accessDeliverer } from './access/deliverer.ts';
import { accessDirectory } from './access/directory.ts';
import { connectedApps } from './access/connected-apps.ts';
import { rateLimits } from './access/limits.ts';
import { people } from './access/people.ts';
import { usageRecorder } from './access/usage.ts';
import { webSessions } from './access/web-sessions.ts';
import type { Deps } from './application/context.ts';
import { totalsKeeper } from './application/read/keep-totals.ts';
import { demoSlug } from './cli/demo-tenant.ts';
import { runCommandLine } from './cli/program.ts';
import type { Service, Shell, Workplace } from './cli/shell.ts';
import { type Config, readConfig } from './config.ts';
import { migrate } from './database/migrate.ts';
import { type Database, openDatabase } from './database/open.ts';
import { copyWayOut, laneWayOut } from './domain/lane-way-out.ts';
import { httpApp, MCP_PATH } from './http/app.ts';
import type { RequestState } from './http/guard.ts';
import { problem } from './http/problem.ts';
import { networkOf } from './http/web/exchange.ts';
import { listen } from './http/serve.ts';
import { webDoor } from './http/web/door.ts';
import type { WebParts } from './http/web/parts.ts';
import { proposalDoor } from './http/web/proposal.ts';
import { newId } from './ids.ts';
import { keyRing } from './oauth/keys.ts';
import { offeredTools } from './mcp/operations.ts';
import { serveOrgonautStdio } from './mcp/stdio.ts';
import { version } from './mcp/version.ts';
import { openOrm } from './projections/orm.ts';
import { rebuild } from './projections/rebuild/rebuild.ts';
import { replayVerify } from './projections/replay.ts';
import { projectionRunner } from './projections/runner.ts';
import type { EventStoreDb } from './store/eventstoredb/store.ts';
import { postgresStore } from './store/postgres/store.ts';

/** The only place that knows which concrete part stands behind which port. */

const logOf = (config: Config) =>
  // Everything this process logs goes to stderr: stdout belongs to results, and to the protocol over stdio.
  pino(
    { level: config.logLevel, base: null, redact: ['authorization', 'token', '*.authorization', '*.token'] },
    pino.destination({ dest: 2, sync: true }),
  );

/** Loaded only where it is used: most installations have no EventStoreDB, and its client takes a while to load. */
const eventStoreAt = async (url: string, { pool, keys, installation }: Database, log: Logger): Promise<EventStoreDb> => {
  const { eventStoreDb } = await import('./store/eventstoredb/store.ts');
  return eventStoreDb({ url, installation, pool, keys, onError: (err) => log.error({ err }, 'the copy of the event store waits') });
};

const open = async (config: Config): Promise<Workplace> => {
  const log = logOf(config);
  const database = await openDatabase({
    dataDir: config.dataDir,
    ...(config.databaseUrl ? { databaseUrl: config.databaseUrl } : {}),
    ...(config.masterKey ? { masterKey: config.masterKey } : {}),
  });
  try {
    await migrate(database.adminUrl);
    const events = config.eventStoreUrl ? await eventStoreAt(config.eventStoreUrl, database, log) : undefined;
    const store = events ?? postgresStore(database.pool, database.keys);
    const { sql, pool, close: closeOrm } = await openOrm(database.url);
    const runner = projectionRunner({ store, sql, onError: (err, where) => log.error({ err, ...where }, 'a projection lane failed') });
    const deps: Deps = {
      store,
      sql,
      reached: (tenant, position, signal) => runner.catchUp(tenant, position, signal),
      projected: (tenant) => runner.projected(tenant),
      now: () => new Date(),
      newId: () => newId(),
    };
    const directory = accessDirectory(sql, { store, now: deps.now, newId: deps.newId });
    const totals = totalsKeeper(deps, (err, tenant) => log.warn({ err, tenant }, 'totals of the baseline are counted when somebody asks'));
    const door = people(sql, { store, now: deps.now, newId: deps.newId });
    const deliver = async () => {
      await door.failures.record();
      return directory.deliver();
    };
    const deliverer = accessDeliverer({ deliver }, (err) => log.error({ err }, 'access events wait for the log'));
    const usage = usageRecorder(sql, { now: deps.now, onError: (err) => log.error({ err }, 'usage waits to be written') });
    return {
      deps,
      directory,
      people: door,
      secrets: database.secrets,
      usage,
      embedded: config.databaseUrl === undefined,
      databaseVersion: async () => (await sql.query<{ v: string }>("select current_setting('server_version') as v"))[0]?.v ?? 'unknown',
      lane: async (tenant) => {
        const { position, head, error } = await runner.status(tenant);
        return { position, head, error: error && { ...error, way_out: laneWayOut(error.code) } };
      },
      rotateKeys: (tenant) => keyRing(sql, { secrets: database.secrets, now: deps.now, newId: deps.newId }).rotate(tenant),
      rebuild: (request) => rebuild({ store, pool, ...request }),
      replay: async (tenant, onProgress) => {
        await events?.verify(tenant);
        return replayVerify({ store, sql, tenant, onProgress: (p) => onProgress(p.events, p.of) });
      },
      moveLog: async (tenant, direction, url, onProgress) => {
        const there = await eventStoreAt(url, database, log);
        try {
          return await (direction === 'to' ? there.moveHere(tenant, onProgress) : there.moveAway(tenant));
        } finally {
          await there.close();
        }
      },
      eventStore: async () => events?.reachable(),
      copy: async () => {
        const status = await events?.copyStatus();
        const { led = false, trouble } = status ?? {};
        return status && { led, ...(trouble ? { trouble: { ...trouble, way_out: copyWayOut(trouble.code) } } : {}) };
      },
      startProjecting: () => {
        database.watch((news) => log[news.what === 'back' ? 'info' : 'error'](news, `the embedded database: ${news.what}`));
        runner.start();
        deliverer.start();
        totals.start();
      },
      close: async () => {
        await usage.stop().catch((err: unknown) => log.error({ err }, 'the usage of the last seconds is lost'));
        await deliverer.stop();
        await totals.stop();
        await runner.stop();
        await store.close();
        await closeOrm();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
};

const serve = async (config: Config, work: Workplace): Promise<Service> => {
  // Without a setting a plain host is the door of the demo tenant, which exists on the embedded database alone.
  const defaultTenant = config.defaultTenant ?? (work.embedded ? demoSlug : undefined);
  const { sql, store, now } = work.deps;
  const log = logOf(config);
  // Loaded only where it is used: no other command needs an authorization server, and its library takes a while to load.
  const { oauthDoor, oauthVerifier } = await import('./oauth/index.ts');
  const oauth = oauthDoor({
    sql,
    store,
    now,
    newId: () => newId(),
    secrets: work.secrets,
    sessions: webSessions(sql, { now }),
    problem,
    networkOf: (ctx) => networkOf(ctx, config.proxyHops ?? 0),
    log,
    ...(config.redirectDomains ? { redirectDomains: config.redirectDomains } : {}),
  });
  const webParts: WebParts = {
    sql,
    people: work.people,
    directory: work.directory,
    apps: connectedApps(sql, { store, now, newId: () => newId() }),
    now,
    mcpPath: MCP_PATH,
    version,
    // On loopback the people of the service sit at its machine, and their clients can start it themselves.
    ...(config.publicUrl || !['127.0.0.1', '::1', 'localhost'].includes(config.host) ? {} : { stdio: shell.stdioCommand(config) }),
    ...(config.upstream ? { upstream: (await import('./oauth/upstream.ts')).upstream(sql, { now }, config.upstream) } : {}),
    ...(config.proxyHops ? { proxyHops: config.proxyHops } : {}),
  };
  const doors: Middleware<RequestState>[] = [oauth, webDoor(webParts), proposalDoor({ ...webParts, deps: work.deps })];
  const app = httpApp({
    deps: work.deps,
    directory: work.directory,
    box: offeredTools(),
    log,
    oauth: oauthVerifier(sql, { now }),
    ...(config.publicUrl ? { publicUrl: config.publicUrl } : {}),
    ...(config.tenantDomain ? { tenantDomain: config.tenantDomain } : {}),
    ...(defaultTenant ? { defaultTenant } : {}),
    doors,
    used: work.usage.count,
  });
  const listening = await listen(app, { port: config.port, host: config.host });
  work.startProjecting();
  const url = config.publicUrl ?? listening.url;
  return { url, mcp: `${url}${MCP_PATH}`, close: () => listening.close() };
};

const packageFolder = new URL('../', import.meta.url);

const shell: Shell = {
  version,
  packageFolder,
  stdout: process.stdout,
  stderr: process.stderr,
  config: () => readConfig(process.env, process.cwd()),
  open,
  serve,
  stdio: async (work) => {
    work.startProjecting();
    const config = readConfig(process.env, process.cwd());
    const ended = new Promise<void>((resolve) => process.stdin.once('end', resolve).once('close', resolve));
    const handle = await serveOrgonautStdio({
      deps: work.deps,
      directory: work.directory,
      box: offeredTools(),
      log: logOf(config),
      token: process.env.MCP_TOKEN,
      limits: rateLimits(work.deps.sql),
      used: work.usage.count,
    });
    await Promise.race([ended, shell.untilAsked()]);
    await handle.close();
  },
  stdioCommand: (config) => ({
    command: process.execPath,
    args: [fileURLToPath(new URL('bin/orgonaut.js', packageFolder)), 'stdio'],
    env: config.databaseUrl ? {} : { DATA_DIR: config.dataDir },
  }),
  untilAsked: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
      // npm and npx signal the shell between them and this process, and the shell does not pass it on: it is just gone.
      if (process.env.npm_command === undefined) return;
      const parent = process.ppid;
      const look = setInterval(() => {
        if (process.ppid === parent) return;
        clearInterval(look);
        resolve('SIGTERM');
      }, 500).unref();
    }),
};

process.exitCode = await runCommandLine(shell, process.argv.slice(2));
