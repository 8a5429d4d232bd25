import { createMcpHandler } from '@modelcontextprotocol/server';
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import type { Context, Middleware } from 'koa';
import type { Deps } from '../application/context.ts';
import type { AccessDirectory } from '../access/types.ts';
import type { Log } from '../mcp/errors.ts';
import { mcpServer, type Principal, type Surroundings } from '../mcp/server.ts';
import type { Toolbox } from '../mcp/toolbox.ts';
import { type RateLimits, unitsOf } from '../access/limits.ts';
import type { Use } from '../access/usage.ts';
import { challenge, challengeFor, type Holder, verifyBearer, type VerifyOauthToken } from '../oauth/bearer.ts';
import { abilitiesAsked, narrowedAway, requestId, requestsIn, toolsCalled } from './asked.ts';
import { readJson } from './body.ts';
import type { RequestState } from './guard.ts';
import { originOf } from './hosts.ts';
import { answerInstead, tellLimits, tooMany } from './limits.ts';
import { MCP_PATH } from './paths.ts';
import { problem } from './problem.ts';
import { assistantBehind, assistantIn, sessionIdFor } from './session.ts';
import { mayUseMcp, noMcp } from '../access/subscription.ts';

export interface McpParts {
  deps: Deps;
  directory: Pick<AccessDirectory, 'verifyToken'>;
  /** Looks OAuth access tokens up; absent where there is no authorization server. */
  oauth?: VerifyOauthToken;
  limits: RateLimits;
  /** Told of every tool call. */
  used?: (use: Use) => void;
  box: Toolbox;
  log: Log;
}

/** What the verified request hands to the server that is made for it. */
interface Exchange {
  principal: Principal;
  around: Surroundings;
}

const one = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header.join(', ') : header);

/** Aborts when the client goes away before it has its answer. */
const whileConnected = (ctx: Context): AbortSignal => {
  const gone = new AbortController();
  ctx.res.once('close', () => {
    if (!ctx.res.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
};

/**
 * A client that takes anything, or says nothing (which means the same, RFC 9110), takes both forms of an answer; the transport
 * looks for their names.
 */
const acceptBoth = (ctx: Context): void => {
  const accept = ctx.req.headers.accept;
  if (accept === undefined || /(?:^|,)\s*\*\/\*\s*(?:[;,]|$)/.test(accept)) ctx.req.headers.accept = 'application/json, text/event-stream';
};

/** Where a client finds what this door's authorization server is (RFC 9728). */
const metadataAt = (ctx: Context): string => `${originOf(ctx)}/.well-known/oauth-protected-resource${MCP_PATH}`;

/**
 * MCP over Streamable HTTP, all revisions on one address: verifies the credential, the tenant, its subscription and its limits,
 * then serves the one request with a server of its own. Nothing is kept between requests.
 */
export const mcpEndpoint = (parts: McpParts): { handle: Middleware<RequestState>; close(): Promise<void> } => {
  const { deps, directory, oauth, limits, used, box, log } = parts;
  const handler = createMcpHandler(
    (ctx) => {
      const exchange = ctx.authInfo?.extra?.exchange as Exchange | undefined;
      if (!exchange) throw new Error('an MCP request came past its verification');
      return mcpServer({ deps, box, log }, async () => exchange.principal, exchange.around, exchange.principal);
    },
    { onerror: (error) => log.warn({ err: error }, 'MCP exchange') },
  );
  const serve = toNodeHandler(handler, { onerror: (error) => log.error({ err: error }, 'MCP adapter') });

  /** Who calls; undefined when the request was answered already. */
  const admitted = async (ctx: Context & { state: RequestState }): Promise<Holder | undefined> => {
    const { hostTenant, doorTenant } = ctx.state;
    const [holder, doorOpen] = await Promise.all([
      verifyBearer(
        { directory, ...(oauth ? { oauth } : {}) },
        {
          authorization: ctx.req.headers.authorization,
          tenantHeader: one(ctx.req.headers['x-tenant']),
          hostTenant,
          doorTenant: doorTenant?.tenant,
          resource: `${originOf(ctx)}${MCP_PATH}`,
          transport: true,
        },
      ),
      doorTenant === undefined ? false : mayUseMcp(deps, doorTenant.tenant),
    ]);
    const tenant = 'status' in holder ? undefined : holder.caller.tenant;
    // A tenant's own host has no MCP without the subscription for it, whoever asks; a plain host asks for the token's tenant.
    const closed =
      hostTenant !== undefined || tenant === doorTenant?.tenant
        ? doorTenant !== undefined && !doorOpen
        : tenant !== undefined && !(await mayUseMcp(deps, tenant));
    if (closed) {
      problem(ctx, 404, 'SUBSCRIPTION_REQUIRED', noMcp);
      return undefined;
    }
    if (!('status' in holder)) return holder;
    const challenge = challengeFor(holder, oauth && doorOpen ? metadataAt(ctx) : undefined);
    if (challenge !== undefined) ctx.set('WWW-Authenticate', challenge);
    problem(ctx, holder.status, holder.code, holder.message, {
      way_out: holder.way_out,
      ...(holder.error === undefined ? {} : { error: holder.error }),
    });
    return undefined;
  };

  /** Whether the body may run: inside the limits, and with no ability that the token was narrowed away from. Answers otherwise. */
  const passes = async (ctx: Context, holder: Holder, body: unknown): Promise<boolean> => {
    const { caller, credential, scopes } = holder;
    const id = requestId(body);
    const standings = [await limits.take(credential, 'requests', requestsIn(body))];
    const over = (): boolean => {
      tellLimits(ctx, standings);
      const last = standings.at(-1);
      if (last === undefined || last.allowed) return false;
      tooMany(ctx, last, id);
      return true;
    };
    if (over()) return false;
    const missing = narrowedAway(abilitiesAsked(box, body), caller);
    if (missing.length > 0) {
      const message = `the token was narrowed away from ${missing.join(', ')}`;
      const scope = [...new Set([...scopes, ...missing])];
      const metadata = caller.with.kind === 'client' ? metadataAt(ctx) : undefined;
      ctx.set('WWW-Authenticate', challenge({ error: 'insufficient_scope', message, metadata, scope }));
      const way_out = `Use a credential with ${missing.join(', ')}, or let this one have it.`;
      answerInstead(ctx, 403, id, { code: 'FORBIDDEN', message, way_out, details: { missing } });
      return false;
    }
    const units = (
      await Promise.all(toolsCalled(box, body).map(({ tool, args }) => unitsOf(deps.sql, caller.tenant, tool.name, args)))
    ).flat();
    for (const kind of new Set(units)) {
      standings.push(await limits.take(credential, kind, units.filter((u) => u === kind).length));
      if (over()) return false;
    }
    return true;
  };

  const handle: Middleware<RequestState> = async (ctx) => {
    const holder = await admitted(ctx);
    if (!holder) return;
    const body = await readJson(ctx.req);
    if (body.kind === 'too_large')
      return problem(ctx, 413, 'TOO_LARGE', 'the request body is larger than 4 MiB', {
        way_out: 'Send less at once: plan fewer actions, in several proposals. Files are imported on the command line (`orgonaut import`).',
      });
    if (body.kind === 'not_json' || body.kind === 'too_deep')
      return problem(ctx, 400, 'INPUT_INVALID', `the request body is ${body.kind === 'not_json' ? 'no JSON' : 'nested too deeply'}`, {
        way_out: 'Send one JSON-RPC message as JSON in UTF-8.',
      });
    const value = body.kind === 'json' ? body.value : undefined;
    if (!(await passes(ctx, holder, value))) return;
    const sessionId = sessionIdFor(value);
    if (sessionId !== undefined) ctx.res.setHeader('Mcp-Session-Id', sessionId);
    const said = assistantBehind(value) ?? assistantIn(one(ctx.req.headers['mcp-session-id']));
    const { caller, client, credential } = holder;
    const exchange: Exchange = {
      principal: holder,
      around: {
        correlationId: () => ctx.state.requestId,
        signal: whileConnected(ctx),
        // Only where this host is the door of the caller's own tenant: people of another one could not sign in here.
        ...(ctx.state.doorTenant?.tenant === caller.tenant ? { origin: originOf(ctx) } : {}),
        ...(said ? { client: said } : {}),
        called: ({ tool, failed, says }) =>
          used?.({ tenant: caller.tenant, user_id: caller.user.id, credential, client, says, tool, failed }),
      },
    };
    acceptBoth(ctx);
    if (ctx.method !== 'POST') ctx.res.setHeader('Allow', 'POST');
    // The adapter writes to the response itself; the secret stays out of what handlers can see.
    ctx.respond = false;
    const auth = { token: '', clientId: holder.caller.with.id, scopes: [], extra: { exchange } };
    // Node types its optional members as possibly undefined, which the adapter's types leave out.
    await serve(Object.assign(ctx.req, { auth }) as unknown as NodeIncomingMessageLike, ctx.res, value);
  };
  return { handle, close: () => handler.close() };
};
