import { Server } from '@modelcontextprotocol/server';
import type { Caller, Deps } from '../application/context.ts';
import type { EventMetadata } from '../domain/events.ts';
import { callTool } from './call.ts';
import { failed, type Log } from './errors.ts';
import { instructions } from './instructions.ts';
import { namingStyle } from './naming.ts';
import type { Toolbox } from './toolbox.ts';
import { version } from './version.ts';

/** Who is behind a connection: the caller without what each request adds, and the client the credential was made for. */
export interface Principal {
  caller: Omit<Caller, 'via' | 'correlationId' | 'assistant' | 'signal'>;
  client: string | null;
}

/** A call of a tool, as it is asked for. */
export interface Called {
  name: string;
  args: unknown;
}

export interface ServerParts {
  deps: Deps;
  box: Toolbox;
  log: Log;
}

/** What one request or one connection brings beside its messages. */
export interface Surroundings {
  correlationId(): string;
  /** How the client called itself when the connection or session began, where that is known. */
  client?: EventMetadata['assistant'];
  signal?: AbortSignal;
  /** Told after each call of a tool that is there: by its canonical name, whether the answer was an error, what the client calls itself. */
  called?(call: { principal: Principal; tool: string; failed: boolean; says: string | undefined }): void;
}

const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';

/** A client's word about itself, cut to what an event keeps. It is untrusted text and only ever stored and quoted. */
export const assistantOf = (info: unknown): EventMetadata['assistant'] => {
  if (typeof info !== 'object' || info === null) return undefined;
  const { name, version: v } = info as { name?: unknown; version?: unknown };
  if (typeof name !== 'string' || name === '') return undefined;
  return { client: name.slice(0, 100), ...(typeof v === 'string' && v !== '' ? { version: v.slice(0, 50) } : {}) };
};

/**
 * An MCP server for one principal, good for one request over HTTP or one connection over stdio, in both protocol eras.
 * `principalNow` is asked for every call, so that a long connection ends with its token. The low-level server is used because names are looked up in two forms and arguments that do not fit get an answer of our own.
 */
export const mcpServer = ({ deps, box, log }: ServerParts, principalNow: (call?: Called) => Promise<Principal>, around: Surroundings): Server => {
  const server = new Server(
    { name: 'orgonaut', title: 'Orgonaut', version },
    { capabilities: { tools: {} }, instructions, cacheHints: { 'tools/list': { ttlMs: 60_000, cacheScope: 'private' } } },
  );
  /** 2026-07-28 says it with every request; stdio said it at initialize; over HTTP the session carries it. */
  const assistant = (envelope: Record<string, unknown> | undefined) =>
    assistantOf(envelope?.[CLIENT_INFO]) ?? assistantOf(server.getClientVersion()) ?? around.client;

  server.setRequestHandler('tools/list', async (_request, ctx) => {
    const principal = await principalNow();
    const style = namingStyle(principal.client, assistant(ctx.mcpReq.envelope)?.client);
    return { tools: box.list(principal.caller.abilities, style) };
  });

  server.setRequestHandler('tools/call', async (request, ctx) => {
    const spoke = assistant(ctx.mcpReq.envelope);
    const correlationId = around.correlationId();
    let principal: Principal;
    try {
      principal = await principalNow({ name: request.params.name, args: request.params.arguments });
    } catch (error) {
      return failed(error, { tool: request.params.name, correlation_id: correlationId }, log);
    }
    const caller: Caller = {
      ...principal.caller,
      via: 'mcp',
      correlationId,
      ...(spoke ? { assistant: spoke } : {}),
      signal: around.signal ? AbortSignal.any([around.signal, ctx.mcpReq.signal]) : ctx.mcpReq.signal,
    };
    const answer = await callTool(box, deps, caller, request.params.name, request.params.arguments, log);
    const tool = box.find(request.params.name)?.name;
    if (tool !== undefined) around.called?.({ principal, tool, failed: answer.isError === true, says: spoke?.client });
    return answer;
  });
  return server;
};
