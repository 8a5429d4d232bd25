import { createMcpHandler } from '@modelcontextprotocol/server';
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import type { Context, Middleware } from 'koa';
import type { Deps } from '../application/context.ts';
import type { AccessDirectory } from '../access/types.ts';
import type { Log } from '../mcp/errors.ts';
import { mcpServer, type Principal, type Surroundings } from '../mcp/server.ts';
import type { Toolbox } from '../mcp/toolbox.ts';
import { verifyBearer } from '../oauth/bearer.ts';
import { readJson } from './body.ts';
import type { RequestState } from './guard.ts';
import { problem } from './problem.ts';
import { assistantIn, sessionIdFor } from './session.ts';
import { mayUseMcp } from '../access/subscription.ts';

export interface McpParts {
  deps: Deps;
  directory: Pick<AccessDirectory, 'verifyToken'>;
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
 * MCP over Streamable HTTP, all revisions on one address: verifies the bearer token and the tenant, then serves the one request
 * with a server of its own. Nothing is kept between requests.
 */
export const mcpEndpoint = ({ deps, directory, box, log }: McpParts): { handle: Middleware<RequestState>; close(): Promise<void> } => {
  const handler = createMcpHandler(
    (ctx) => {
      const exchange = ctx.authInfo?.extra?.exchange as Exchange | undefined;
      if (!exchange) throw new Error('an MCP request came past its verification');
      return mcpServer({ deps, box, log }, async () => exchange.principal, exchange.around);
    },
    { onerror: (error) => log.warn({ err: error }, 'MCP exchange') },
  );
  const serve = toNodeHandler(handler, { onerror: (error) => log.error({ err: error }, 'MCP adapter') });

  const handle: Middleware<RequestState> = async (ctx) => {
    const holder = await verifyBearer(directory, {
      authorization: ctx.req.headers.authorization,
      tenantHeader: one(ctx.req.headers['x-tenant']),
      hostTenant: ctx.state.hostTenant,
    });
    if ('status' in holder) {
      if (holder.challenge !== undefined) ctx.set('WWW-Authenticate', holder.challenge);
      return problem(ctx, holder.status, holder.code, holder.message, {
        way_out: holder.way_out,
        ...(holder.error === undefined ? {} : { error: holder.error }),
      });
    }
    if (!(await mayUseMcp(deps, holder.caller.tenant)))
      return problem(ctx, 403, 'SUBSCRIPTION_REQUIRED', 'the subscription of this tenant has no MCP');
    const body = await readJson(ctx.req);
    if (body.kind === 'too_large') return problem(ctx, 413, 'TOO_LARGE', 'the request body is larger than 4 MiB');
    if (body.kind === 'not_json')
      return problem(ctx, 400, 'INPUT_INVALID', 'the request body is no JSON', { way_out: 'Send one JSON-RPC message as JSON.' });
    const value = body.kind === 'json' ? body.value : undefined;
    const sessionId = sessionIdFor(value);
    if (sessionId !== undefined) ctx.res.setHeader('Mcp-Session-Id', sessionId);
    const said = assistantIn(one(ctx.req.headers['mcp-session-id']));
    const exchange: Exchange = {
      principal: holder,
      around: { correlationId: () => ctx.state.requestId, signal: whileConnected(ctx), ...(said ? { client: said } : {}) },
    };
    // The adapter writes to the response itself; the secret stays out of what handlers can see.
    ctx.respond = false;
    const auth = { token: '', clientId: holder.caller.with.id, scopes: [], extra: { exchange } };
    // Node types its optional members as possibly undefined, which the adapter's types leave out.
    await serve(Object.assign(ctx.req, { auth }) as unknown as NodeIncomingMessageLike, ctx.res, value);
  };
  return { handle, close: () => handler.close() };
};
