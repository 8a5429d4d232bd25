import { z } from 'zod';
import { mayUseMcp, noMcp } from '../../access/subscription.ts';
import { TOKEN_DAYS } from '../../access/tokens.ts';
import { Refusal } from '../../domain/codes.ts';
import { readJson } from '../body.ts';
import { problem } from '../problem.ts';
import { appsFor, namingIn, whose } from './apps.ts';
import { fromHere, same, type WebContext } from './exchange.ts';
import { sessionAt, type Visit, visitOf } from './guards.ts';
import type { WebParts } from './parts.ts';
import { makeToken, replaceToken, revokeToken, tokensFor } from './tokens.ts';

const newToken = z.strictObject({
  name: z.string(),
  client: z.string(),
  abilities: z.array(z.string()).default([]),
  days: z.int().default(TOKEN_DAYS),
});
const appChange = z.strictObject({ abilities: z.array(z.string()).optional(), naming: z.string().nullable().optional() });

const statusOf = (refusal: Refusal): number => (refusal.code === 'NOT_FOUND' ? 404 : refusal.code === 'FORBIDDEN' ? 403 : 422);

const send = (ctx: WebContext, value: unknown, status = 200): void => {
  ctx.status = status;
  ctx.type = 'application/json';
  ctx.body = JSON.stringify(value);
};

/**
 * Tokens and connected apps as JSON, for the browser session alone: a token makes no tokens and changes no apps. What changes
 * something needs the session's `csrf` (from /api/v1/session) in the header X-CSRF-Token.
 */
export const apiRoutes = (parts: WebParts) => {
  const route =
    (work: (visit: Visit) => Promise<void>) =>
    async (context: unknown): Promise<void> => {
      const ctx = context as WebContext;
      const door = ctx.state.doorTenant;
      if (!door) return problem(ctx, 404, 'NOT_FOUND', 'this host belongs to no organisation');
      if (ctx.req.headers.authorization !== undefined)
        return problem(ctx, 403, 'FORBIDDEN', 'a token cannot make tokens nor change connected apps', {
          way_out: `Sign in with a browser at /sign-in and use the pages below /settings.`,
        });
      const session = await sessionAt(ctx, parts, door);
      if (!session)
        return problem(ctx, 401, 'FORBIDDEN', 'nobody is signed in', {
          way_out: 'Sign in with a browser at /sign-in; the session cookie is the credential here.',
        });
      const reads = ctx.method === 'GET' || ctx.method === 'HEAD';
      if (!reads && !(fromHere(ctx) && same(ctx.get('X-CSRF-Token'), session.csrf)))
        return problem(ctx, 403, 'FORBIDDEN', 'the request lacks the token of this session', {
          way_out: 'Send the csrf of /api/v1/session in the header X-CSRF-Token.',
        });
      try {
        await work(await visitOf(ctx, parts, door, session));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        problem(ctx, statusOf(error), error.code, error.message, error.findings[0] ? { way_out: error.findings[0].way_out } : {});
      }
    };
  const withApps = (work: (visit: Visit) => Promise<void>) =>
    route(async (visit) =>
      (await mayUseMcp(parts, visit.door.tenant)) ? work(visit) : problem(visit.ctx, 404, 'SUBSCRIPTION_REQUIRED', noMcp),
    );
  const bodyOf = async <T>(visit: Visit, schema: z.ZodType<T>): Promise<T | undefined> => {
    const body = await readJson(visit.ctx.req, 64 * 1024);
    const read = schema.safeParse(body.kind === 'json' ? body.value : undefined);
    if (read.success) return read.data;
    problem(visit.ctx, 422, 'INPUT_INVALID', 'the body does not fit', {
      way_out: 'See the reference for what it takes.',
      details: z.flattenError(read.error),
    });
    return undefined;
  };
  const idOf = (visit: Visit): string => String((visit.ctx as unknown as { params: { id?: string } }).params.id ?? '');

  return {
    session: route(async ({ ctx, session, door }) =>
      send(ctx, { user_id: session.user_id, email: session.email, role: session.role, tenant: door.slug, csrf: session.csrf }),
    ),
    tokens: route(async (visit) => send(visit.ctx, { tokens: (await tokensFor(parts, visit)).map(({ replaceable: _, ...t }) => t) })),
    makeToken: route(async (visit) => {
      const wanted = await bodyOf(visit, newToken);
      if (wanted) send(visit.ctx, await makeToken(parts, visit, wanted), 201);
    }),
    replaceToken: route(async (visit) => send(visit.ctx, (await replaceToken(parts, visit, idOf(visit))).made, 201)),
    revokeToken: route(async (visit) => send(visit.ctx, { revoked: (await revokeToken(parts, visit, idOf(visit))).revoked })),

    apps: withApps(async (visit) => send(visit.ctx, { connected_apps: await appsFor(parts, visit) })),
    changeApp: withApps(async (visit) => {
      const wanted = await bodyOf(visit, appChange);
      if (!wanted) return;
      const which = { tenant: visit.door.tenant, grant_id: idOf(visit), ...whose(visit) };
      if (wanted.abilities !== undefined) await parts.apps.narrow({ ...which, abilities: wanted.abilities, by: visit.by });
      if (wanted.naming !== undefined) await parts.apps.setNaming({ ...which, naming: namingIn(wanted.naming) });
      const app = (await appsFor(parts, visit)).find((a) => a.grant_id === which.grant_id);
      if (!app) return problem(visit.ctx, 404, 'NOT_FOUND', 'there is no such connected app');
      send(visit.ctx, app);
    }),
    revokeApp: withApps(async (visit) =>
      send(visit.ctx, await parts.apps.revoke({ tenant: visit.door.tenant, grant_id: idOf(visit), ...whose(visit), by: visit.by })),
    ),
  };
};
