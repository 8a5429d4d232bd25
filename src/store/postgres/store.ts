import type pg from 'pg';
import { encodeEvents } from '../codec.ts';
import { checkAppend, checkSize } from '../input.ts';
import type { PersonalKeys } from '../personal-keys.ts';
import type { EventStore } from '../port.ts';
import { tolerateLosses } from './calls.ts';
import { logElsewhere } from './elsewhere.ts';
import { AppendLane } from './lane.ts';
import { logReader } from './reader.ts';
import { Wake } from './wake.ts';

export interface StoreOptions {
  /** Longest time one call to the database may take, in ms (20 s). */
  attemptMs?: number;
  /** Longest time an append or a read waits for a database that is away, in ms (40 s). */
  patienceMs?: number;
}

/** The event store on PostgreSQL; see `migrations.ts` for what the database itself holds it to. The pool stays the caller's. */
export const postgresStore = (pool: pg.Pool, keys: PersonalKeys, options: StoreOptions = {}): EventStore => {
  const { attemptMs = 20_000, patienceMs = 40_000 } = options;
  tolerateLosses(pool);
  const lanes = new Map<number, AppendLane>();
  const wake = new Wake(pool);

  const laneOf = (tenant: number): AppendLane => {
    let lane = lanes.get(tenant);
    if (!lane) {
      lane = new AppendLane({ pool, tenant, attemptMs, patienceMs, appended: (t) => wake.grew(t) });
      lanes.set(tenant, lane);
    }
    return lane;
  };

  return {
    ...logReader({ pool, keys, wake, attemptMs, patienceMs }),
    append: async (tenant, stream, expected, events, { signal } = {}) => {
      checkAppend(stream, expected, events);
      signal?.throwIfAborted();
      const encoded = await encodeEvents(keys, tenant, stream, events);
      checkSize(encoded);
      try {
        return await laneOf(tenant).append(stream, expected, encoded, signal);
      } catch (error) {
        throw (error as { code?: unknown }).code === 'OL001' ? logElsewhere(tenant, 'eventstoredb') : error;
      }
    },
    close: async () => {
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
      await wake.close();
    },
  };
};
