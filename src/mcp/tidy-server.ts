import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import type { JSONRPCRequest, Result, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';

const issues = z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })).min(1);

/** The places of a request that do not fit, as the library tells them: a list of issues in JSON; undefined for any other message. */
const misfits = (message: string): string | undefined => {
  const list = /\[[\s\S]*\]$/.exec(message)?.[0];
  if (list === undefined) return undefined;
  try {
    const read = issues.safeParse(JSON.parse(list));
    return read.success ? read.data.map((i) => `${i.path.join('.') || 'the request'}: ${i.message}`).join('; ') : undefined;
  } catch {
    return undefined;
  }
};

const invalid = (error: unknown, method: string): unknown => {
  const told = error instanceof Error ? misfits(error.message) : undefined;
  return told === undefined
    ? error
    : new ProtocolError(ProtocolErrorCode.InvalidParams, `Invalid params of ${method}: ${told.replace(/\p{Cc}+/gu, ' ').slice(0, 1000)}`);
};

/**
 * The library's server, except for requests whose params do not fit the protocol: it answers those as faults of the server
 * (-32603) with a dump of its validator, and JSON-RPC wants -32602.
 */
export class TidyServer extends Server {
  protected override _wrapHandler(
    method: string,
    handler: (request: JSONRPCRequest, ctx: ServerContext) => Promise<Result>,
  ): (request: JSONRPCRequest, ctx: ServerContext) => Promise<Result> {
    const wrapped = super._wrapHandler(method, handler);
    return async (request, ctx) => {
      try {
        return await wrapped(request, ctx);
      } catch (error) {
        throw invalid(error, method);
      }
    };
  }
}
