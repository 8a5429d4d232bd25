import { z } from 'zod';
import type { FormOnce } from '../../access/form-keys.ts';
import { mayUseMcp, noMcp } from '../../access/subscription.ts';
import { TOKEN_DAYS } from '../../access/tokens.ts';
import { type Code, Refusal, refuse } from '../../domain/codes.ts';
import { readJson } from '../body.ts';
import { problem } from '../problem.ts';
import { appsFor, namingIn, whose } from './apps.ts';
import { fromHere, same, type WebContext } from './exchange.ts';
import { idIn, sessionAt, type Visit, visitOf, wordsOf } from './guards.ts';
import type { WebParts } from './parts.ts';
import { makeToken, replaceToken, revokeToken, tokensFor } from './tokens.ts';

const newToken = z.strictObject({
  name: z.string(),
  client: z.string(),
  abilities: z.array(z.string()).default([]),
  days: z.int().default(TOKEN_DAYS),
});
const appChange = z.strictObject({ abilities: z.array(z.string()).optional(), naming: z.string().nullable().optional() });

const statuses: Partial<Record<Code, number>> = { NOT_FOUND: 404, FORBIDDEN: 403 };

/**
 * What makes a token with an Idempotency-Key makes one however often it is sent; without the header each request makes one.
 * The key counts for this person and for what the request does.
 */
const onceIn = ({ ctx, session }: Visit, does: string): FormOnce | undefined => {
  const key = ctx.req.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))
    throw refuse('INPUT_INVALID', 'this is no Idempotency-Key', { wayOut: 'Send 1 to 200 visible characters, such as a UUID.' });
  return { user_id: session.user_id, does: `api ${does}`, key };
};

/** Who lost the answer to a request that made a token has its id, and no way to the secret but a new one. */
const usedBefore = (ctx: WebContext, { token_id, name }: Record<string, unknown>): void =>
  problem(ctx, 409, 'FORM_USED', 'a request with this Idempotency-Key made a token already; its secret was in that answer alone', {
    way_out: `If nobody kept it, replace it: POST /api/v1/tokens/${token_id}/replace, with a new key.`,
    details: { token_id, name },
  });

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
        if (error.code === 'FORM_USED') return usedBefore(ctx, error.details);
        const { message, ...way } = wordsOf(error);
        problem(ctx, statuses[error.code] ?? 422, error.code, message, way);
      }
    };
  const withApps = (work: (visit: Visit) => Promise<void>) =>
    route(async (visit) =>
      (await mayUseMcp(parts, visit.door.tenant)) ? work(visit) : problem(visit.ctx, 404, 'SUBSCRIPTION_REQUIRED', noMcp),
    );
  const bodyOf = async <T>(visit: Visit, schema: z.ZodType<T>): Promise<T | undefined> => {
    const body = await readJson(visit.ctx.req, 64 * 1024);
    if (body.kind === 'too_large') {
      problem(visit.ctx, 413, 'TOO_LARGE', 'the request body is larger than 64 KiB', { way_out: 'See the reference for what it takes.' });
      return undefined;
    }
    const read = schema.safeParse(body.kind === 'json' ? body.value : undefined);
    if (read.success) return read.data;
    problem(visit.ctx, 422, 'INPUT_INVALID', 'the body does not fit', {
      way_out: 'See the reference for what it takes.',
      details: z.flattenError(read.error),
    });
    return undefined;
  };

  return {
    session: route(async ({ ctx, session, door }) =>
      send(ctx, { user_id: session.user_id, email: session.email, role: session.role, tenant: door.slug, csrf: session.csrf }),
    ),
    tokens: route(async (visit) => send(visit.ctx, { tokens: (await tokensFor(parts, visit)).map(({ replaceable: _, ...t }) => t) })),
    makeToken: route(async (visit) => {
      const wanted = await bodyOf(visit, newToken);
      if (wanted) send(visit.ctx, await makeToken(parts, visit, wanted, onceIn(visit, 'create')), 201);
    }),
    replaceToken: route(async (visit) => {
      const id = idIn(visit);
      send(visit.ctx, (await replaceToken(parts, visit, id, onceIn(visit, `replace ${id}`))).made, 201);
    }),
    revokeToken: route(async (visit) => send(visit.ctx, { revoked: (await revokeToken(parts, visit, idIn(visit))).revoked })),

    apps: withApps(async (visit) => send(visit.ctx, { connected_apps: await appsFor(parts, visit) })),
    changeApp: withApps(async (visit) => {
      const wanted = await bodyOf(visit, appChange);
      if (!wanted) return;
      const which = { tenant: visit.door.tenant, grant_id: idIn(visit), ...whose(visit) };
      if (wanted.abilities !== undefined) await parts.apps.narrow({ ...which, abilities: wanted.abilities, by: visit.by });
      if (wanted.naming !== undefined) await parts.apps.setNaming({ ...which, naming: namingIn(wanted.naming) });
      const app = (await appsFor(parts, visit)).find((a) => a.grant_id === which.grant_id);
      if (!app) return problem(visit.ctx, 404, 'NOT_FOUND', 'there is no such connected app');
      send(visit.ctx, app);
    }),
    revokeApp: withApps(async (visit) =>
      send(visit.ctx, await parts.apps.revoke({ tenant: visit.door.tenant, grant_id: idIn(visit), ...whose(visit), by: visit.by })),
    ),
  };
};
