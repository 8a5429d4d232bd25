import type { Context, Middleware } from 'koa';
import { sessionCookieIn } from '../access/cookies.ts';
import type { RateLimits } from '../access/limits.ts';
import type { AccessDirectory } from '../access/types.ts';
import { usageFrom, usageSince } from '../access/usage.ts';
import { webSessions } from '../access/web-sessions.ts';
import type { Deps } from '../application/context.ts';
import { type Ability, roleAbilities } from '../domain/abilities.ts';
import { challengeFor, verifyBearer } from '../oauth/bearer.ts';
import type { RequestState } from './guard.ts';
import { originOf } from './hosts.ts';
import { tellLimits, tooMany } from './limits.ts';
import { problem } from './problem.ts';

interface Reader {
  tenant: number;
  abilities: ReadonlySet<Ability>;
}

/**
 * `GET /api/v1/usage?since=`: who called which tool, for whoever may manage members or settings; with a manual token or signed in.
 * OAuth tokens are bound to MCP and open nothing else.
 */
export const usageRoute = (parts: {
  deps: Deps;
  directory: Pick<AccessDirectory, 'verifyToken'>;
  limits: RateLimits;
}): Middleware<RequestState> => {
  const { deps, directory, limits } = parts;
  const sessions = webSessions(deps.sql, deps);

  const signedIn = async (ctx: Context & { state: RequestState }): Promise<Reader | undefined> => {
    const door = ctx.state.doorTenant;
    const session = door && (await sessions.find(door.tenant, sessionCookieIn(ctx.req.headers.cookie, originOf(ctx).startsWith('https:'))));
    return door && session && { tenant: door.tenant, abilities: new Set(roleAbilities[session.role]) };
  };
  /** Who asks; undefined when the request was answered already. */
  const readerOf = async (ctx: Context & { state: RequestState }): Promise<Reader | undefined> => {
    const { authorization, 'x-tenant': tenantHeader } = ctx.req.headers;
    const session = authorization === undefined ? await signedIn(ctx) : undefined;
    if (session) return session;
    const holder = await verifyBearer(
      { directory },
      {
        authorization,
        tenantHeader: Array.isArray(tenantHeader) ? tenantHeader.join(', ') : tenantHeader,
        hostTenant: ctx.state.hostTenant,
        doorTenant: ctx.state.doorTenant?.tenant,
        resource: originOf(ctx),
        transport: false,
      },
    );
    if ('status' in holder) {
      const challenge = challengeFor(holder, undefined);
      if (challenge !== undefined) ctx.set('WWW-Authenticate', challenge);
      problem(ctx, holder.status, holder.code, holder.message, { way_out: holder.way_out });
      return undefined;
    }
    const standing = await limits.take(holder.credential, 'requests', 1);
    tellLimits(ctx, [standing]);
    if (standing.allowed) return holder.caller;
    tooMany(ctx, standing, undefined);
    return undefined;
  };

  return async (ctx) => {
    const reader = await readerOf(ctx);
    if (!reader) return;
    if (!reader.abilities.has('members.write') && !reader.abilities.has('settings.write'))
      return problem(ctx, 403, 'FORBIDDEN', 'this needs the ability members.write or settings.write');
    const asked = typeof ctx.query.since === 'string' ? ctx.query.since : undefined;
    const since = usageFrom(asked, deps.now());
    if (since === undefined)
      return problem(ctx, 400, 'INPUT_INVALID', 'since is no date', {
        way_out: 'Give a date such as 2026-11-01, or a time with its zone.',
      });
    const { usage, more } = await usageSince(deps.sql, reader.tenant, since);
    ctx.body = { since: since.toISOString(), usage, ...(more > 0 ? { more } : {}) };
  };
};
