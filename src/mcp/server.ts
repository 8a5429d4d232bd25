import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError, type Server, type ServerContext } from '@modelcontextprotocol/server';
import type { Deps } from '../application/context.ts';
import { callTool } from './call.ts';
import { complete } from './complete/index.ts';
import { type Desk, deskOf } from './desk.ts';
import { failed, type Log } from './errors.ts';
import { type Called, type Exchange, exchangeOf, type Known, type Principal, styleOf, type Surroundings } from './exchange.ts';
import { identity } from './identity.ts';
import { instructions } from './instructions.ts';
import { getPrompt, listPrompts } from './prompts/index.ts';
import { protocolError } from './protocol-errors.ts';
import { listResources, listTemplates, readResource } from './resources/index.ts';
import { TidyServer } from './tidy-server.ts';
import type { Toolbox } from './toolbox.ts';

export { assistantOf, type Called, type Principal, type Surroundings } from './exchange.ts';

export interface ServerParts {
  deps: Deps;
  box: Toolbox;
  log: Log;
}

/** How long clients may keep lists: the same for everybody with the same abilities, but what those are is the caller's own. */
const MINUTE_MS = 60_000;
const list = { ttlMs: MINUTE_MS, cacheScope: 'private' } as const;
const cacheHints = {
  'tools/list': list,
  'prompts/list': list,
  'resources/templates/list': list,
  'resources/list': { ttlMs: 5_000, cacheScope: 'private' },
  'server/discover': list,
} as const;

/**
 * An MCP server for one principal, good for one request over HTTP or one connection over stdio, in both protocol eras.
 * `principalNow` is asked for every request, so that a long connection ends with its token; `known` is what is certain of the
 * principal beforehand. The low-level server is used because names are looked up in two forms and arguments that do not fit get
 * an answer of our own.
 */
export const mcpServer = (
  { deps, box, log }: ServerParts,
  principalNow: (call?: Called) => Promise<Principal>,
  around: Surroundings,
  known?: Known,
): Server => {
  const server = new TidyServer(identity, {
    capabilities: { tools: {}, resources: {}, prompts: {}, completions: {}, logging: {} },
    instructions: instructions(box, styleOf(known ?? { client: null }, around.client)),
    cacheHints,
  });

  /** Answers a request that is no tool call: with the caller's desk, and with errors of the protocol. */
  const serve = async <T>(
    ctx: ServerContext,
    uri: string | undefined,
    answer: (desk: Desk, exchange: Exchange) => Promise<T>,
  ): Promise<T> => {
    const correlationId = around.correlationId();
    let exchange: Exchange | undefined;
    try {
      exchange = exchangeOf(server, ctx, await principalNow(), around, correlationId);
      return await answer(deskOf(box, deps, exchange.caller, exchange.style), exchange);
    } catch (error) {
      throw protocolError(error, { method: ctx.mcpReq.method, correlation_id: correlationId }, log, {
        signal: exchange?.caller.signal,
        say: (text) => box.inStyle(text, exchange?.style ?? 'dots'),
        ...(uri === undefined ? {} : { uri }),
      });
    }
  };

  server.setRequestHandler('tools/list', (_request, ctx) =>
    serve(ctx, undefined, async (desk, { style }) => ({ tools: box.list(desk.has, style) })),
  );
  server.setRequestHandler('resources/list', (request, ctx) =>
    serve(ctx, undefined, (desk) => listResources(desk, request.params?.cursor)),
  );
  server.setRequestHandler('resources/templates/list', (_request, ctx) =>
    serve(ctx, undefined, async (desk) => ({ resourceTemplates: listTemplates(desk) })),
  );
  server.setRequestHandler('resources/read', ({ params: { uri } }, ctx) =>
    serve(ctx, uri, async (desk) => {
      const content = await readResource(desk, uri);
      if (!content) throw new ResourceNotFoundError(uri);
      const { mimeType, text, ttlMs } = content;
      const contents = [{ uri, mimeType, text }];
      // Only the newest revision, whose requests carry an envelope, knows how long an answer may be kept.
      return ctx.mcpReq.envelope ? { contents, ttlMs, cacheScope: 'private' as const } : { contents };
    }),
  );
  server.setRequestHandler('prompts/list', (_request, ctx) => serve(ctx, undefined, async (desk) => ({ prompts: listPrompts(desk) })));
  server.setRequestHandler('prompts/get', ({ params }, ctx) =>
    serve(ctx, undefined, async (desk) => {
      const prompt = await getPrompt(desk, params.name, params.arguments);
      if (!prompt)
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `there is no prompt ${JSON.stringify(params.name.slice(0, 80))}`);
      return {
        description: prompt.description,
        messages: [{ role: 'user' as const, content: { type: 'text' as const, text: prompt.text } }],
      };
    }),
  );
  server.setRequestHandler('completion/complete', ({ params }, ctx) =>
    serve(ctx, undefined, async (desk) => ({ completion: await complete(desk, params.ref, params.argument) })),
  );

  server.setRequestHandler('tools/call', async ({ params }, ctx) => {
    const correlationId = around.correlationId();
    let principal: Principal;
    try {
      principal = await principalNow({ name: params.name, args: params.arguments });
    } catch (error) {
      return failed(error, { tool: params.name, correlation_id: correlationId }, log, { signal: ctx.mcpReq.signal });
    }
    const { caller, style, asking } = exchangeOf(server, ctx, principal, around, correlationId);
    const result = await callTool(box, deps, caller, { name: params.name, args: params.arguments, style, asking }, log);
    const tool = box.find(params.name)?.name;
    if (tool !== undefined) around.called?.({ principal, tool, failed: result.isError === true, says: caller.assistant?.client });
    const event_id = (result as { structuredContent?: { details?: { event_id?: unknown } } }).structuredContent?.details?.event_id;
    // A client that collects logs hears of a fault too: its id, and nothing of what is inside.
    if (event_id !== undefined)
      await ctx.mcpReq.log('error', { event_id, tool: params.name, correlation_id: correlationId }, 'orgonaut').catch(() => undefined);
    return result;
  });
  return server;
};
