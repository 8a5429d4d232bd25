import { setTimeout as sleep } from 'node:timers/promises';
import { backoff, isTransient } from '../postgres/calls.ts';

/** Repeats while PostgreSQL is away, until the signal aborts. */
export const untilThere = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error;
      await sleep(backoff(tries), undefined, { signal });
    }
  }
};

/** Gives up waiting when the signal aborts; the work itself goes on unheard. */
export const abortable = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort));
};
