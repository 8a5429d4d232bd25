import { serveStdio, type StdioServerHandle } from '@modelcontextprotocol/server/stdio';
import type { Deps } from '../application/context.ts';
import type { AccessDirectory } from '../access/types.ts';
import { codes, refuse } from '../domain/codes.ts';
import type { Log } from './errors.ts';
import { mcpServer, type Principal } from './server.ts';
import type { Toolbox } from './toolbox.ts';

export interface StdioParts {
  deps: Deps;
  directory: Pick<AccessDirectory, 'verifyToken'>;
  box: Toolbox;
  log: Log;
  /** MCP_TOKEN. */
  token: string | undefined;
}

/** Who a token belongs to. Refuses with TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED or TOKEN_REVOKED. */
const holderOf = async (directory: StdioParts['directory'], token: string | undefined): Promise<Principal> => {
  if (token === undefined || token.trim() === '')
    throw refuse('TOKEN_MISSING', 'MCP_TOKEN is not set', { wayOut: 'Set MCP_TOKEN to a token made with `orgonaut token create`.' });
  const verdict = await directory.verifyToken(token.trim());
  switch (verdict.status) {
    case 'valid':
      return { caller: verdict.caller, client: verdict.client };
    case 'unknown':
      throw refuse('TOKEN_INVALID', 'MCP_TOKEN is no token of this installation', { wayOut: codes.TOKEN_INVALID.wayOut });
    case 'expired':
      throw refuse('TOKEN_EXPIRED', `MCP_TOKEN expired at ${verdict.at}`);
    case 'revoked':
      throw refuse('TOKEN_REVOKED', `MCP_TOKEN was revoked at ${verdict.at}`);
    default:
      return verdict satisfies never;
  }
};

/**
 * Serves MCP over this process's stdin and stdout for the holder of one token, until the client closes. The token is verified at
 * the start, so that a wrong one is told at once, and again for every call, so that revoking works at once. Nothing else may
 * write to stdout.
 */
export const serveOrgonautStdio = async ({ deps, directory, box, log, token }: StdioParts): Promise<StdioServerHandle> => {
  const known = await holderOf(directory, token);
  return serveStdio(() => mcpServer({ deps, box, log }, () => holderOf(directory, token), { correlationId: deps.newId }, known), {
    onerror: (error) => log.warn({ err: error }, 'stdio connection'),
  });
};
