import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const TRANSIENT_STATES = new Set([
  '57P01',
  '57P02',
  '57P03', // shutting down, crashed, starting
  '53300', // too many connections
  '40001',
  '40P01', // serialisation, deadlock
]);

const TRANSIENT_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

/** The call did not answer in its time. */
export class CallTimeout extends Error {}

/** Whether the same call may succeed a moment later: the connection or the server went away. */
export const isTransient = (error: unknown): boolean => {
  if (error instanceof CallTimeout) return true;
  // a DOMException (an abort) has a number for a code
  const { code, message, errors } = error as { code?: string | number; message?: string; errors?: unknown[] };
  if (errors?.some(isTransient)) return true;
  if (typeof code === 'string') return TRANSIENT_STATES.has(code) || TRANSIENT_SYSTEM.has(code) || code.startsWith('08');
  // pg gives no code for a connection that ended under a query
  return /^(Connection terminated|Client has encountered a connection error|timeout e|Client was closed)/.test(message ?? '');
};

/**
 * One query on one connection of the pool, given up after `timeoutMs` or when the signal aborts; the connection is then thrown
 * away, for nobody knows what it still does.
 */
export const call = async <Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  query: pg.QueryConfig,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Row[]> => {
  signal?.throwIfAborted();
  let stop: (error: unknown) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  // the race below may end first; a rejection after that is nobody's
  stopped.catch(() => {});
  const timer = setTimeout(() => stop(new CallTimeout(`no answer within ${timeoutMs} ms`)), timeoutMs);
  const onAbort = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const connecting = pool.connect();
  let client: pg.PoolClient | undefined;
  try {
    client = await Promise.race([connecting, stopped]);
    // while a connection is lent, the pool leaves its errors to the borrower; the query rejects on its own
    client.on('error', ignore);
    const answer = await Promise.race([client.query<Row>(query), stopped]);
    client.off('error', ignore);
    client.release();
    return answer.rows;
  } catch (error) {
    if (client) {
      const ruined = isTransient(error) || signal?.aborted === true;
      // one that is thrown away keeps its listener: its socket may still fail
      if (!ruined) client.off('error', ignore);
      client.release(ruined);
    } else
      connecting.then(
        (late) => late.release(),
        () => {},
      );
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
};

const ignore = (): void => {};

/**
 * Keeps a connection that the server ends from ending this process. A pool listens to its idle connections only, and the end
 * can come in the same packet as the connection's first answer, before whoever borrows it could listen.
 */
export const tolerateLosses = (pool: pg.Pool): void => {
  pool.on('connect', (client) => client.on('error', ignore));
  pool.on('error', ignore);
};

/** Pauses that grow from 20 ms to a second. */
export const backoff = (tries: number): number => Math.min(1000, 20 * 2 ** Math.min(tries, 10));

/** Repeats a read while the database is away, for at most `patienceMs` in all. */
export const patiently = async <T>(work: () => Promise<T>, patienceMs: number, signal?: AbortSignal): Promise<T> => {
  const deadline = Date.now() + patienceMs;
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const pause = backoff(tries);
      if (signal?.aborted || !isTransient(error) || Date.now() + pause > deadline) throw error;
      await sleep(pause, undefined, signal ? { signal } : {});
    }
  }
};
