import { serveStdio, StdioServerTransport, type StdioServerHandle } from '@modelcontextprotocol/server/stdio';
import type { Deps } from '../application/context.ts';
import { type LimitKind, type RateLimits, unitsOf } from '../access/limits.ts';
import { needMcp } from '../access/subscription.ts';
import type { AccessDirectory } from '../access/types.ts';
import type { Use } from '../access/usage.ts';
import { opensTransport } from '../domain/abilities.ts';
import { codes, refuse } from '../domain/codes.ts';
import type { Log } from './errors.ts';
import { type Called, mcpServer, type Principal, type Surroundings } from './server.ts';
import type { Toolbox } from './toolbox.ts';

export interface StdioParts {
  deps: Deps;
  directory: Pick<AccessDirectory, 'verifyToken'>;
  box: Toolbox;
  log: Log;
  /** MCP_TOKEN. */
  token: string | undefined;
  /** The limits per credential, which a connection shares with all others of its token. */
  limits: RateLimits;
  /** Told of every tool call. */
  used?: (use: Use) => void;
}

/** Who a token belongs to. Refuses with TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REVOKED, SCOPE_MISSING or SUBSCRIPTION_REQUIRED. */
const holderOf = async ({ deps, directory, token }: StdioParts): Promise<Principal> => {
  if (token === undefined || token.trim() === '')
    throw refuse('TOKEN_MISSING', 'MCP_TOKEN is not set', { wayOut: 'Set MCP_TOKEN to a token made with `orgonaut token create`.' });
  const verdict = await directory.verifyToken(token.trim());
  switch (verdict.status) {
    case 'valid':
      break;
    case 'unknown':
      throw refuse('TOKEN_INVALID', 'MCP_TOKEN is no token of this installation', { wayOut: codes.TOKEN_INVALID.wayOut });
    case 'expired':
      throw refuse('TOKEN_EXPIRED', `MCP_TOKEN expired at ${verdict.at}`);
    case 'revoked':
      throw refuse('TOKEN_REVOKED', `MCP_TOKEN was revoked at ${verdict.at}`);
    default:
      return verdict satisfies never;
  }
  if (!opensTransport(verdict.scopes)) throw refuse('SCOPE_MISSING', 'MCP_TOKEN has no transport scope');
  await needMcp(deps, verdict.caller.tenant);
  return { caller: verdict.caller, client: verdict.client };
};

/** Counts a request of a connection. Refuses with RATE_LIMITED and the seconds to wait. */
const withinLimits = async ({ deps, box, limits }: StdioParts, { caller }: Principal, call: Called | undefined): Promise<void> => {
  const tool = call && box.find(call.name)?.name;
  const args = typeof call?.args === 'object' && call.args !== null ? { ...call.args } : {};
  const kinds: LimitKind[] = ['requests', ...(tool === undefined ? [] : await unitsOf(deps.sql, caller.tenant, tool, args))];
  for (const kind of kinds) {
    const standing = await limits.take(caller.with.id, kind, 1);
    if (!standing.allowed)
      throw refuse(
        'RATE_LIMITED',
        `more than ${standing.most} of ${kind} in ${standing.windowSeconds} seconds with one token`,
        { wayOut: `Wait ${standing.resetSeconds} seconds, then call again.` },
        { limit: kind, retry_after_seconds: standing.resetSeconds },
      );
  }
};

/**
 * Serves MCP over this process's stdin and stdout for the holder of one token, until the client closes. The token is verified at
 * the start, so that a wrong one is told at once, and again for every call, so that revoking works at once. Nothing else may
 * write to stdout. `closed` resolves when the connection is over: stdin ended, nobody reads stdout any more, or a message came
 * that is too long to be one. In the last two cases stdin is left paused and never ends, so nobody may wait for its end alone.
 */
export const serveOrgonautStdio = async (parts: StdioParts): Promise<StdioServerHandle & { closed: Promise<void> }> => {
  const { deps, box, log, used } = parts;
  const known = await holderOf(parts);
  const principalNow = async (call?: Called): Promise<Principal> => {
    const holder = await holderOf(parts);
    await withinLimits(parts, holder, call);
    return holder;
  };
  const around: Surroundings = {
    correlationId: deps.newId,
    called: ({ principal: { caller, client }, tool, failed, says }) =>
      used?.({ tenant: caller.tenant, user_id: caller.user.id, credential: caller.with.id, client, says, tool, failed }),
  };
  // Each answer that waits for a full pipe listens to it; a client may well ask hundreds of things at once.
  process.stdout.setMaxListeners(0);
  const wire = new StdioServerTransport();
  const handle = serveStdio(() => mcpServer({ deps, box, log }, principalNow, around, known), {
    transport: wire,
    onerror: (error) => log.warn({ err: error }, 'stdio connection'),
  });
  const closed = new Promise<void>((resolve) => {
    const before = wire.onclose;
    wire.onclose = () => {
      before?.();
      resolve();
    };
  });
  return { ...handle, closed };
};
