import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { attemptKey, attempts, authorizeLimit, placeOf, registerLimit, type ThrottleRule } from '../access/attempts.ts';
import { connectedApps } from '../access/connected-apps.ts';
import type { DirectoryParts } from '../access/parts.ts';
import type { Secrets } from '../access/secret.ts';
import { mayUseMcp, noMcp } from '../access/subscription.ts';
import type { WebSessions } from '../access/web-sessions.ts';
import type { Code } from '../domain/codes.ts';
import type { Sql } from '../projections/sql.ts';
import { errorPage } from './error-page.ts';
import { interaction } from './interaction.ts';
import { keyRing } from './keys.ts';
import { type Fetch, guardedFetch } from './outbound.ts';
import { isRoute, METADATA, metadataPlaces, resourcePlaces, routes } from './places.ts';
import { tenantProvider } from './provider.ts';
import { providerPool } from './providers.ts';
import { registration } from './registration.ts';
import { bodyText, seenAs } from './request.ts';
import { type Place, sweepRows } from './rows.ts';
import { plainResource, requestedScopes, tokenScopes } from './scopes.ts';

export interface OauthDoorParts extends DirectoryParts {
  sql: Sql;
  secrets: Secrets;
  sessions: Pick<WebSessions, 'find'>;
  problem(ctx: Context, status: number, code: Code, message: string, more?: { way_out?: string; error?: string }): void;
  log: { error(fields: object, message: string): void };
  /** MCP_REDIRECT_DOMAINS. */
  redirectDomains?: readonly string[];
  /** The network address of whoever asks; that of the connection unless given. */
  networkOf?: (ctx: Context) => string;
  /** How often one network address may ask to let an app in. */
  authorizations?: ThrottleRule;
  /** How often one network address may register an app. */
  registrations?: ThrottleRule;
  /** How clients' metadata documents and keys are fetched; what cannot be led inside unless given. */
  fetch?: Fetch;
}

/** What the guards before this door have found out. */
interface State {
  requestId: string;
  doorTenant?: { tenant: number; slug: string };
  origin?: string;
}

const MCP = '/mcp/orgonaut';
const SWEEP_MS = 10 * 60_000;
const isOurs = (path: string): boolean => metadataPlaces.includes(path) || resourcePlaces.includes(path) || path.startsWith('/oauth/');

/** For clients that are web pages. No cookie counts at these addresses, so any origin that the guards let through may read. */
const openToPages = (ctx: Context): boolean => {
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Access-Control-Expose-Headers', 'WWW-Authenticate');
  if (ctx.method !== 'OPTIONS') return false;
  ctx.set('Access-Control-Allow-Methods', 'GET, POST');
  ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, MCP-Protocol-Version');
  ctx.set('Access-Control-Max-Age', '3600');
  ctx.status = 204;
  return true;
};

const resourceMetadata = (issuer: string): object => ({
  resource: issuer,
  authorization_servers: [issuer],
  scopes_supported: tokenScopes,
  bearer_methods_supported: ['header'],
  resource_name: 'Orgonaut',
});

/** The query of an authorization request with what clients commonly leave out or spell their own way. */
const plainQuery = (search: string, issuer: string): string => {
  const query = new URLSearchParams(search);
  query.set('scope', requestedScopes(query.get('scope')));
  respell(query, issuer);
  return `?${query}`;
};

const respell = (query: URLSearchParams, issuer: string): void => {
  const resources = query.getAll('resource');
  if (resources.length > 0 && resources.every((r) => plainResource(r) === issuer)) query.set('resource', issuer);
};

/**
 * The OAuth authorization server of each tenant, at the root of its host: metadata, registration, authorization with its pages,
 * tokens, revocation, keys. Everything else goes on to the next door.
 */
export const oauthDoor = (parts: OauthDoorParts): Middleware<State> => {
  const { sql, problem } = parts;
  const apps = connectedApps(sql, parts);
  const fetch = parts.fetch ?? guardedFetch();
  const providerOf = providerPool(keyRing(sql, parts), (place, keys) =>
    tenantProvider(place, keys, {
      sql,
      now: () => parts.now(),
      fetch,
      errorPage,
      ...(parts.redirectDomains === undefined ? {} : { redirectDomains: parts.redirectDomains }),
      isMember: async (user) =>
        (await sql.query('select 1 from access.membership where tenant = $1 and user_id::text = $2', [place.tenant, user])).length > 0,
      isConnected: async (client_id) =>
        (await sql.query('select 1 from access.connected_app where tenant = $1 and client_id = $2 limit 1', [place.tenant, client_id]))
          .length > 0,
      endGrant: async (grant_id, why) => {
        await apps.revoke({ tenant: place.tenant, grant_id, why });
      },
      onFault: (err) => parts.log.error({ err, tenant: place.tenant }, 'the authorization server failed'),
    }),
  );
  const interact = interaction({ sql, sessions: parts.sessions, apps });

  const asked = attempts(sql, 'authorize', parts.authorizations ?? authorizeLimit);
  const registered = attempts(sql, 'register', parts.registrations ?? registerLimit);
  const networkOf = parts.networkOf ?? ((ctx: Context) => ctx.req.socket.remoteAddress ?? '');
  const from = (ctx: Context, { tenant }: Place): string => attemptKey(tenant, placeOf(networkOf(ctx)));
  const showError = (ctx: Context, status: number, error: string, error_description: string): void => {
    const page = errorPage({ error, error_description });
    ctx.status = status;
    ctx.set(page.headers);
    ctx.body = page.text;
  };

  let sweptAt = 0;
  const sweep = (): void => {
    const at = parts.now();
    if (Math.abs(at.getTime() - sweptAt) < SWEEP_MS) return;
    sweptAt = at.getTime();
    void sweepRows(sql, at).catch((err) => parts.log.error({ err }, 'expired rows of OAuth were not deleted'));
  };

  const handOver = async (ctx: Context, provider: Provider, request: IncomingMessage): Promise<void> => {
    ctx.respond = false;
    await provider.callback()(request, ctx.res);
  };

  const answer = async (ctx: Context, place: Place & { slug: string }): Promise<void> => {
    const { path, method, req } = ctx;
    if (!isRoute(method, path)) return problem(ctx, 404, 'NOT_FOUND', 'there is nothing at this address');
    if (resourcePlaces.includes(path)) {
      if (openToPages(ctx)) return;
      ctx.type = 'application/json';
      ctx.body = JSON.stringify(resourceMetadata(place.issuer));
      return;
    }
    const provider = await providerOf(place);
    sweep();
    if (metadataPlaces.includes(path)) {
      if (!openToPages(ctx)) await handOver(ctx, provider, seenAs(req, place.issuer, { url: METADATA }));
      return;
    }
    if (path.startsWith('/oauth/interaction/')) return interact(ctx, provider, place);
    if (path === routes.authorization) {
      // Only the library's query mode is offered; an error in another mode would need a page that runs script.
      if ((ctx.query.response_mode ?? 'query') !== 'query') {
        return showError(ctx, 400, 'unsupported_response_mode', 'this server answers in the query of the redirect alone');
      }
      if ([...new URLSearchParams(ctx.search).values()].some((v) => v.includes('\0')))
        return showError(ctx, 400, 'invalid_request', 'the request has a character that no text has');
      // Anybody can ask, and each request leaves a row and may fetch a client's document.
      const over = await asked.enter(from(ctx, place));
      if (over) {
        ctx.set('Retry-After', String(over.retryAfter));
        return showError(ctx, 429, 'temporarily_unavailable', 'too many requests to connect came from your network');
      }
      return handOver(ctx, provider, seenAs(req, place.issuer, { url: `${path}${plainQuery(ctx.search, place.issuer)}` }));
    }
    if (path.startsWith(`${routes.authorization}/`)) return handOver(ctx, provider, seenAs(req, place.issuer));
    if (openToPages(ctx)) return;
    if (path === routes.registration) {
      const body = await registration(ctx, place, { ...parts, enter: (c, at) => registered.enter(from(c, at)) });
      return body === undefined ? undefined : handOver(ctx, provider, seenAs(req, place.issuer, { body }));
    }
    if (method === 'POST') {
      const text = await bodyText(req);
      if (text === undefined) return problem(ctx, 413, 'TOO_LARGE', 'the request is too large', { error: 'invalid_request' });
      const form = new URLSearchParams(text);
      respell(form, place.issuer);
      // Clients refresh with the scopes they asked for, with those among them that were left out.
      const scope = form.get('scope');
      if (scope !== null) form.set('scope', requestedScopes(scope));
      return handOver(
        ctx,
        provider,
        seenAs(req, place.issuer, { body: ctx.is('application/x-www-form-urlencoded') ? String(form) : text }),
      );
    }
    return handOver(ctx, provider, seenAs(req, place.issuer));
  };

  return async (ctx, next) => {
    if (!isOurs(ctx.path)) return next();
    const { doorTenant, origin } = ctx.state;
    if (doorTenant === undefined || origin === undefined)
      return problem(ctx, 404, 'NOT_FOUND', 'no tenant has its door at this host', {
        way_out: "Use the address of the tenant's own host, such as https://<tenant>.example.com/mcp/orgonaut.",
      });
    if (!(await mayUseMcp({ sql }, doorTenant.tenant))) return problem(ctx, 404, 'SUBSCRIPTION_REQUIRED', noMcp);
    await answer(ctx, { ...doorTenant, issuer: `${origin}${MCP}` });
  };
};
