import type { ServerContext } from '@modelcontextprotocol/server';
import type { Caller } from '../application/context.ts';

/** Between two reports, in ms: whoever waits wants to see movement, not every step. */
const EVERY_MS = 250;

/** Tells the client how far a call is, where it asked for that. Reports only ever grow; the last step is always told. */
export const progressTo = (ctx: Pick<ServerContext, 'mcpReq'>): Caller['progress'] => {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let told = -1;
  let at = Number.NEGATIVE_INFINITY;
  return (done, total, message) => {
    const now = performance.now();
    if (done <= told || (done < total && now - at < EVERY_MS)) return;
    told = done;
    at = now;
    // Whether the client hears it changes nothing about the call.
    ctx.mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress: done, total, message } })
      .catch(() => undefined);
  };
};
