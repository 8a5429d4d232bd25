import type { EventStore, StoredEvent } from '../port.ts';
import { backoff, isTransient } from './calls.ts';
import type { Wake } from './wake.ts';

/** How often a follower looks by itself, in ms: wake-ups may be lost, this is the truth. */
const SWEEP_MS = 2000;

/**
 * Every event of a tenant after a position, once and in order, until the signal aborts. A database that goes away is waited
 * for without end; a broken log ends it with LOG_BROKEN.
 */
export async function* follow(
  { readLog, wake }: { readLog: EventStore['readLog']; wake: Wake },
  tenant: number,
  after: number,
  batch: number,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent> {
  let position = after;
  let tries = 0;
  let called = false;
  let ring: () => void = () => {};
  const off = wake.on((grown) => {
    if (grown !== tenant) return;
    called = true;
    ring();
  });
  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => ring(), ms);
      ring = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', ring);
        resolve();
      };
      signal.addEventListener('abort', ring, { once: true });
      if (signal.aborted) ring();
    });
  try {
    while (!signal.aborted) {
      called = false;
      let events: StoredEvent[];
      try {
        events = await readLog(tenant, position, batch, { signal });
        tries = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!isTransient(error)) throw error;
        await rest(backoff(tries++));
        continue;
      }
      for (const event of events) {
        if (signal.aborted) return;
        yield event;
        position = event.position;
      }
      if (events.length < batch && !called) await rest(SWEEP_MS);
    }
  } finally {
    off();
  }
}
