import type { Context } from 'koa';
import { type Code, codes } from '../domain/codes.ts';

/** Answers a request that is turned away: the code, what is wrong, what to do. Names neither the credential nor anything inside. */
export const problem = (
  ctx: Context,
  status: number,
  code: Code,
  message: string,
  more: { way_out?: string; error?: string; details?: object } = {},
): void => {
  ctx.status = status;
  ctx.type = 'application/json';
  ctx.body = JSON.stringify({
    ...(more.error === undefined ? {} : { error: more.error, error_description: message }),
    code,
    message,
    way_out: more.way_out ?? codes[code].wayOut,
    ...(more.details === undefined ? {} : { details: more.details }),
    request_id: (ctx.state as { requestId?: string }).requestId,
  });
};
