import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { failureOf } from './exit.ts';
import { demoAccess, makeFolder, runningService } from './files.ts';
import { connectAssistant } from './mcp-client.ts';
import { plain } from './output.ts';
import type { Shell, Workplace } from './shell.ts';

/** One look at one part. `way_out` says what to do where something is wrong. */
export interface Check {
  name: string;
  state: 'ok' | 'wrong' | 'skipped';
  found: string;
  way_out?: string;
}

const ok = (name: string, found: string): Check => ({ name, state: 'ok', found });
const skipped = (name: string, found: string): Check => ({ name, state: 'skipped', found });
const wrong = (name: string, found: string, way_out: string): Check => ({ name, state: 'wrong', found, way_out });
const said = (error: unknown): string => failureOf(error).line.split('\n')[0] ?? '';

const nodeVersion = (): Check => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const found = `Node ${process.versions.node}`;
  return major > 24 || (major === 24 && minor >= 12)
    ? ok('node', found)
    : wrong('node', found, 'Install Node 24.12 or newer, or run `npm install node@24`.');
};

const dataFolder = (config: Config): Check => {
  const name = 'data folder';
  try {
    makeFolder(config.dataDir, 0o700);
    accessSync(config.dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return wrong(name, `${config.dataDir} cannot be written`, 'Set DATA_DIR to a folder of your own, or mend its rights.');
  }
  const open = [runningService.file, demoAccess.file, 'client-configuration.json']
    .map((file) => join(config.dataDir, file))
    .filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0);
  return open.length === 0 ? ok(name, config.dataDir) : wrong(name, `others can read ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`);
};

/** Positions of one tenant are 1, 2, 3, ... without a gap, read page by page from the log itself. */
const logWhole = async (work: Workplace, tenant: number): Promise<{ events: number; gapAfter?: number }> => {
  let last = 0;
  for (;;) {
    const page = await work.deps.store.readLog(tenant, last, 64);
    if (page.length === 0) return { events: last };
    for (const event of page) {
      if (event.position !== last + 1) return { events: last, gapAfter: last };
      last = event.position;
    }
  }
};

const tenantChecks = async (work: Workplace, tenant: { tenant: number; slug: string }): Promise<Check[]> => {
  const name = `log of ${tenant.slug}`;
  const mend = 'Restore the log from a backup, then run `orgonaut replay --verify`.';
  const log = await logWhole(work, tenant.tenant).catch((error: unknown) => said(error));
  if (typeof log === 'string') return [wrong(name, `cannot be read: ${log}`, mend)];
  const lane = await work.lane(tenant.tenant);
  const level = lane.position >= lane.head;
  return [
    log.gapAfter === undefined
      ? ok(name, `${log.events} events, positions without a gap`)
      : wrong(name, `a gap after position ${log.gapAfter}`, mend),
    lane.error
      ? wrong(
          `projections of ${tenant.slug}`,
          `stands still before event ${lane.error.position} of ${lane.head} since ${lane.error.first_at} (${lane.error.attempts} attempts): ${lane.error.code} ${plain(lane.error.message)}`,
          lane.error.way_out,
        )
      : ok(
          `projections of ${tenant.slug}`,
          level ? `at ${lane.position}, level with the log` : `at ${lane.position} of ${lane.head}; they go on while a service runs`,
        ),
  ];
};

const eventStore = async (work: Workplace): Promise<Check> => {
  const name = 'event store';
  try {
    return ok(name, `EventStoreDB ${await work.eventStore()}`);
  } catch (error) {
    return wrong(name, said(error), 'Check EVENTSTORE_URL (host, port, tls, credentials), and that the server is up.');
  }
};

/** Whether appends reach the log that everything reads. Without a service nobody copies, and nothing is wrong. */
const copy = async (work: Workplace): Promise<Check> => {
  const name = 'copy of the event store';
  const status = await work.copy();
  if (!status) return skipped(name, 'there is none');
  const { trouble, led } = status;
  return trouble
    ? wrong(
        name,
        `stands still since ${trouble.first_at} (${trouble.attempts} attempts): ${trouble.code} ${plain(trouble.message)}`,
        trouble.way_out,
      )
    : ok(name, led ? 'a process copies' : 'nobody copies now; it goes on while a service runs');
};

const overMcp = async (shell: Shell, config: Config): Promise<Check> => {
  const name = 'token over MCP';
  const service = runningService.read(config.dataDir);
  const access = demoAccess.read(config.dataDir);
  if (!service) return skipped(name, 'no service is running on this DATA_DIR');
  if (!access) return skipped(name, 'there is no demo token on this DATA_DIR');
  try {
    const assistant = await connectAssistant(
      { mcp: service.mcp, tenant: access.tenant, token: access.token },
      'orgonaut doctor',
      shell.version,
    );
    try {
      const tools = await assistant.tools();
      await assistant.call('status.get');
      return ok(name, `${tools.length} tools at ${service.mcp}`);
    } finally {
      await assistant.close();
    }
  } catch (error) {
    return wrong(
      name,
      `${service.mcp} does not answer as it should: ${said(error)}`,
      'Stop and start `orgonaut serve`, and look at what it prints.',
    );
  }
};

/** Every check in order; those that need a part that is wrong are skipped. */
export const checkInstallation = async (shell: Shell, onCheck: (name: string) => void): Promise<Check[]> => {
  const checks: Check[] = [nodeVersion()];
  let config: Config;
  try {
    config = shell.config();
    checks.push(ok('settings', config.databaseUrl ? 'DATABASE_URL is set' : 'embedded database'));
  } catch (error) {
    return [...checks, wrong('settings', said(error), 'Mend or unset the variable.')];
  }
  const folder = dataFolder(config);
  checks.push(folder);
  if (folder.state === 'wrong' && !existsSync(config.dataDir)) return checks;
  onCheck('database');
  let work: Workplace;
  try {
    work = await shell.open(config);
  } catch (error) {
    const way = config.databaseUrl
      ? 'Check DATABASE_URL, and that the server is up and lets this user in.'
      : 'Look at the log of the database in DATA_DIR.';
    return [...checks, wrong('database', said(error), way)];
  }
  try {
    checks.push(ok('database', `PostgreSQL ${await work.databaseVersion()}${work.embedded ? ', embedded' : ''}, migrations applied`));
    if (config.eventStoreUrl) {
      onCheck('event store');
      checks.push(await eventStore(work), await copy(work));
    }
    for (const tenant of await work.directory.listTenants()) {
      onCheck(`tenant ${tenant.slug}`);
      checks.push(...(await tenantChecks(work, tenant)));
    }
    onCheck('token over MCP');
    checks.push(await overMcp(shell, config));
  } finally {
    await work.close();
  }
  return checks;
};
