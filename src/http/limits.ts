import type { Context } from 'koa';
import { codes } from '../domain/codes.ts';
import type { Standing } from '../access/limits.ts';
import { problem } from './problem.ts';

const what: Record<Standing['kind'], string> = {
  requests: 'requests',
  plan: 'plans',
  confirm: 'confirmations',
  bulk: 'plans of bulk actions',
};

/**
 * Says in the usual headers where the credential stands: the draft standard's two for every bucket that was asked, the older three
 * for the last of them.
 */
export const tellLimits = (ctx: Context, standings: readonly Standing[]): void => {
  const last = standings.at(-1);
  if (!last) return;
  ctx.set({
    'RateLimit-Policy': standings.map((s) => `"${s.kind}";q=${s.most};w=${s.windowSeconds}`).join(', '),
    RateLimit: standings.map((s) => `"${s.kind}";r=${s.remaining};t=${s.resetSeconds}`).join(', '),
    'X-RateLimit-Limit': String(last.most),
    'X-RateLimit-Remaining': String(last.remaining),
    'X-RateLimit-Reset': String(last.resetSeconds),
  });
};

/** What a client gets in place of the answer to its one request, or to whatever else it sent. */
export const answerInstead = (
  ctx: Context,
  status: 403 | 429,
  id: string | number | undefined,
  refusal: { code: 'RATE_LIMITED' | 'FORBIDDEN'; message: string; way_out: string; details: object },
): void => {
  const { code, message, way_out, details } = refusal;
  if (id === undefined) {
    problem(ctx, status, code, message, { way_out, details });
    return;
  }
  ctx.status = status;
  ctx.type = 'application/json';
  const said = { code: status === 429 ? -32029 : -32003, message: `${code}: ${message}`, data: { code, way_out, details } };
  ctx.body = JSON.stringify({ jsonrpc: '2.0', id, error: said });
};

/** Turns a request away that is over a limit, with the seconds after which it may come again. */
export const tooMany = (ctx: Context, over: Standing, id: string | number | undefined): void => {
  ctx.set('Retry-After', String(over.resetSeconds));
  answerInstead(ctx, 429, id, {
    code: 'RATE_LIMITED',
    message: `more than ${over.most} ${what[over.kind]} in ${over.windowSeconds} seconds with one credential`,
    way_out: `${codes.RATE_LIMITED.wayOut} That is ${over.resetSeconds} seconds.`,
    details: { limit: over.kind, most: over.most, window_seconds: over.windowSeconds, retry_after_seconds: over.resetSeconds },
  });
};
