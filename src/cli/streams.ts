import { setImmediate as turn } from 'node:timers/promises';
import type { Sink } from './output.ts';

/**
 * Watches the streams a command writes to. Whoever reads them may have enough before the command is done (`| head -1`): that
 * is no failure, the rest is for nobody, and a service goes on without its reader. Anything else, a full disk for one, means
 * that the result did not arrive: the answer tells what was in the way, once what was written has been tried.
 */
export const watchStreams = (...streams: Sink[]): (() => Promise<Error | undefined>) => {
  let failed: Error | undefined;
  for (const stream of streams as (Sink & Partial<Pick<NodeJS.WriteStream, 'on'>>)[])
    stream.on?.('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') failed ??= error;
    });
  return async () => {
    await turn();
    return failed;
  };
};
