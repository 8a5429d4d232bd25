import { fileURLToPath } from 'node:url';
import type { Middleware } from 'koa';
import { connectedApps } from './access/connected-apps.ts';
import { rateLimits } from './access/limits.ts';
import { webSessions } from './access/web-sessions.ts';
import { demoSlug } from './cli/demo-tenant.ts';
import { runCommandLine } from './cli/program.ts';
import type { Service, Shell, Workplace } from './cli/shell.ts';
import { type Config, readConfig } from './config.ts';
import { httpApp, MCP_PATH } from './http/app.ts';
import type { RequestState } from './http/guard.ts';
import { problem } from './http/problem.ts';
import { networkOf } from './http/web/exchange.ts';
import { listen } from './http/serve.ts';
import { webDoor } from './http/web/door.ts';
import type { WebParts } from './http/web/parts.ts';
import { proposalDoor } from './http/web/proposal.ts';
import { newId } from './ids.ts';
import { offeredTools } from './mcp/operations.ts';
import { serveOrgonautStdio } from './mcp/stdio.ts';
import { version } from './mcp/version.ts';
import { logOf, openWorkplace } from './workplace.ts';

/** With workplace.ts the only place that knows which concrete part stands behind which port. */

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
  open: openWorkplace,
  serve,
  stdio: async (work) => {
    work.startProjecting();
    const config = readConfig(process.env, process.cwd());
    const handle = await serveOrgonautStdio({
      deps: work.deps,
      directory: work.directory,
      box: offeredTools(),
      log: logOf(config),
      token: process.env.MCP_TOKEN,
      limits: rateLimits(work.deps.sql),
      used: work.usage.count,
    });
    await Promise.race([handle.closed, shell.untilAsked()]);
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
