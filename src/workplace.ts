import { type Logger, pino } from 'pino';
import { accessDeliverer } from './access/deliverer.ts';
import { accessDirectory } from './access/directory.ts';
import { people } from './access/people.ts';
import { usageRecorder } from './access/usage.ts';
import type { Deps } from './application/context.ts';
import { totalsKeeper } from './application/read/keep-totals.ts';
import type { Workplace } from './cli/shell.ts';
import type { Config } from './config.ts';
import { allMigrations, migrate } from './database/migrate.ts';
import { type Database, openDatabase } from './database/open.ts';
import { copyWayOut, laneWayOut } from './domain/lane-way-out.ts';
import { newId } from './ids.ts';
import { rotateKeys } from './oauth/rotate-keys.ts';
import { openOrm } from './projections/orm.ts';
import { rebuild } from './projections/rebuild/rebuild.ts';
import { replayVerify } from './projections/replay.ts';
import { projectionRunner } from './projections/runner.ts';
import type { EventStoreDb } from './store/eventstoredb/store.ts';
import { postgresStore } from './store/postgres/store.ts';

/** The log of this process. */
export const logOf = (config: Config): Logger =>
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

/** Opens the database, the store, the read model and who may enter: what every command and the service work on. */
export const openWorkplace = async (config: Config): Promise<Workplace> => {
  const log = logOf(config);
  const database = await openDatabase({
    dataDir: config.dataDir,
    ...(config.databaseUrl ? { databaseUrl: config.databaseUrl } : {}),
    ...(config.masterKey ? { masterKey: config.masterKey } : {}),
  });
  try {
    for (const notice of database.notices) log.warn(notice);
    await migrate(database.adminUrl, allMigrations, database.role);
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
      rotateKeys: (tenant) => rotateKeys(sql, { store, secrets: database.secrets, now: deps.now, newId: deps.newId }, { tenant }),
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
