import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Deps } from '../application/context.ts';
import { type RateLimits, rateLimits } from '../access/limits.ts';
import type { AccessDirectory } from '../access/types.ts';
import type { VerifyOauthToken } from '../oauth/bearer.ts';
import type { Log } from '../mcp/errors.ts';
import type { Toolbox } from '../mcp/toolbox.ts';
import { isUnavailable } from '../mcp/unavailable.ts';
import { version } from '../mcp/version.ts';
import { hostAndOrigin, type RequestState, securityHeaders } from './guard.ts';
import { type HostSettings, hostMeaning, originOf, rememberTenants } from './hosts.ts';
import { type McpParts, mcpEndpoint } from './mcp.ts';
import { loggedPath } from './logged-path.ts';
import { MCP_PATH } from './paths.ts';
import { frontPage } from './page.ts';
import { problem } from './problem.ts';
import { usageRoute } from './usage.ts';

export { MCP_PATH } from './paths.ts';

export interface HttpParts extends HostSettings {
  deps: Deps;
  directory: Pick<AccessDirectory, 'verifyToken' | 'findTenant'>;
  box: Toolbox;
  log: Log;
  /** Looks OAuth access tokens up. */
  oauth?: VerifyOauthToken;
  /** The limits per credential; the documented ones in PostgreSQL unless given. */
  limits?: RateLimits;
  /** Told of every tool call. */
  used?: McpParts['used'];
  /** Slug of the tenant whose door a plain host is, for OAuth and sign-in. A slug that no tenant has yet opens nothing. */
  defaultTenant?: string;
  /** Further doors (sign-in, OAuth), behind the guards and before MCP. */
  doors?: readonly Middleware<RequestState>[];
  /** Resolves when the service can answer; rejects with what is missing. The database and the registry unless given. */
  ready?: () => Promise<void>;
}

export interface HttpApp {
  app: Koa<RequestState>;
  /** Ends open MCP exchanges; the server that listens is closed by whoever opened it (see serve.ts). */
  close(): Promise<void>;
}

/** The HTTP face: guards, health, a front page and MCP. Every request has an id that stands in its answer, its log line and its events. */
export const httpApp = (parts: HttpParts): HttpApp => {
  const { deps, directory, box, log } = parts;
  const app = new Koa<RequestState>();
  const router = new Router<RequestState>();
  const limits = parts.limits ?? rateLimits(deps.sql);
  const mcp = mcpEndpoint({
    deps,
    directory,
    box,
    log,
    limits,
    ...(parts.oauth ? { oauth: parts.oauth } : {}),
    ...(parts.used ? { used: parts.used } : {}),
  });
  const findTenant = rememberTenants((slug) => directory.findTenant(slug));
  const meaning = hostMeaning(parts, findTenant);
  const defaultTenant = async () => (parts.defaultTenant === undefined ? undefined : findTenant(parts.defaultTenant));
  const ready = parts.ready ?? (async () => void (await deps.sql.query('select 1')));

  app.use(async (ctx, next) => {
    const started = performance.now();
    ctx.state.requestId = randomUUID();
    ctx.set('X-Request-Id', ctx.state.requestId);
    try {
      await next();
    } catch (error) {
      if (ctx.res.headersSent) ctx.res.destroy();
      else {
        ctx.respond = true;
        const away = isUnavailable(error);
        const what = away ? 'the database does not answer' : 'something went wrong inside';
        problem(ctx, away ? 503 : 500, away ? 'UNAVAILABLE' : 'FAULT', `${what}; event id ${ctx.state.requestId}`);
        if (away) ctx.set('Retry-After', '2');
      }
      if (!ctx.req.destroyed || !(error instanceof Error && 'code' in error && error.code === 'ECONNRESET'))
        log.error({ err: error, event_id: ctx.state.requestId, method: ctx.method, path: loggedPath(ctx.path) }, 'a request failed');
    }
    // The path only: a query string or a header may hold a secret.
    log.info(
      {
        request_id: ctx.state.requestId,
        method: ctx.method,
        path: loggedPath(ctx.path),
        status: ctx.res.statusCode,
        ms: Math.round(performance.now() - started),
      },
      'request',
    );
  });
  app.use(securityHeaders);
  // Probes come with whatever host the platform uses and learn nothing, so they stand before the host check.
  app.use(async (ctx, next) => {
    if (ctx.path === '/healthz') {
      ctx.body = { ok: true };
    } else if (ctx.path === '/readyz') {
      try {
        await ready();
        ctx.body = { ready: true };
      } catch {
        ctx.status = 503;
        ctx.body = { ready: false };
      }
    } else await next();
  });
  app.use(hostAndOrigin(meaning, defaultTenant));
  for (const door of parts.doors ?? []) app.use(door);

  router.get('/', (ctx) => {
    ctx.type = 'html';
    ctx.body = frontPage(`${originOf(ctx)}${MCP_PATH}`, version);
  });
  router.all(MCP_PATH, mcp.handle);
  router.get('/api/v1/usage', usageRoute({ deps, directory, limits }));
  app.use(router.routes());
  app.use((ctx) => {
    problem(ctx, 404, 'NOT_FOUND', 'there is nothing at this address', { way_out: `MCP is at ${MCP_PATH}; / says more.` });
  });
  return { app, close: mcp.close };
};
