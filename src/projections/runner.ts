import { type Code, refuse } from '../domain/codes.ts';
import type { EventStore } from '../store/port.ts';
import { checkpointOf, laneErrorOf, type RecordedLaneError } from './lane.ts';
import { lanesOf, type OnError } from './lanes.ts';
import { LEASE_MS, leaseOf } from './lease.ts';
import { PROJECTION } from './projector.ts';
import type { Sql } from './sql.ts';
import { standsStill, tooLate, waiting } from './waiting.ts';

export interface RunnerSettings {
  store: EventStore;
  /** The read model: connections whose search_path is the schema that is filled. */
  sql: Sql;
  now?: () => Date;
  /** How long a caller waits for a position unless it says otherwise. */
  waitMs?: number;
  leaseMs?: number;
  /** Between two looks at the heads of all tenants. */
  sweepMs?: number;
  /** Called with what goes wrong in the background; errors of a lane also stand in its status. */
  onError?: OnError;
}

export interface LaneStatus {
  projection: string;
  version: number;
  /** Projected up to here. */
  position: number;
  /** Last position of the tenant's log. */
  head: number;
  behind: number;
  /** Whether this process leads now. */
  leading: boolean;
  error: RecordedLaneError | null;
}

export interface ProjectionRunner {
  /** Takes part from now on: leads when nobody else does, stands by otherwise. */
  start(): void;
  /** Finishes the batch under way, gives the lease back and stops. */
  stop(): Promise<void>;
  /**
   * Resolves when the tenant is projected up to `position`. Projects in this process when it can take the lease, else waits for
   * the leader. Rejects with UNAVAILABLE after the time limit, at once when the lane stands still before that position.
   */
  catchUp(tenant: number, position: number, options?: AbortSignal | { signal?: AbortSignal; waitMs?: number }): Promise<void>;
  projected(tenant: number): Promise<number>;
  status(tenant: number): Promise<LaneStatus>;
}

/** Attempts after which a lane's error is told to callers at once: before that it may be a passing one. */
const LASTING = 3;

/**
 * Runs the projection: one leader among all processes, each tenant a lane of its own. Woken by appends, and by a sweep over
 * the heads, which is what finds everything in the end.
 */
export const projectionRunner = (settings: RunnerSettings): ProjectionRunner => {
  const { store, sql } = settings;
  const { waitMs = 30_000, leaseMs = LEASE_MS, sweepMs = 2_000, onError = () => {} } = settings;
  const lease = leaseOf(sql, PROJECTION, leaseMs);
  const lanes = lanesOf(store, sql, lease, onError);
  /** Who wants this process to lead if it can: `start`, and every caller that waits. */
  let wanted = 0;
  let loop: Promise<void> | undefined;
  let nudge: () => void = () => {};
  let stopping = false;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      nudge = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Leads while anybody wants it: keeps the lease, looks at the heads, and gives the lease back at the end. */
  const lead = async (): Promise<void> => {
    const stopListening = store.onAppend(lanes.wake);
    // Renewing has its own timer: it must not wait for a lane.
    const renew = setInterval(() => {
      if (lease.fence() !== undefined) lease.take().catch((e: unknown) => onError(e, {}));
    }, leaseMs / 4);
    let swept = 0;
    let failures = 0;
    try {
      while (wanted > 0) {
        try {
          const led = lease.fence() !== undefined;
          if (led || (await lease.take())) {
            if (!led || Date.now() - swept >= sweepMs) {
              swept = Date.now();
              await lanes.sweep();
            }
            lanes.retry();
          }
          failures = 0;
        } catch (error) {
          failures += 1;
          onError(error, {});
        }
        if (wanted > 0)
          await pause(failures > 0 ? Math.min(5_000, 100 * 2 ** failures) : lease.fence() === undefined ? 200 : Math.min(500, sweepMs));
      }
      await lanes.idle();
    } finally {
      clearInterval(renew);
      stopListening();
      await lease.release().catch((e: unknown) => onError(e, {}));
    }
  };

  const want = (): void => {
    wanted += 1;
    loop ??= lead().finally(() => {
      loop = undefined;
      if (wanted > 0) {
        wanted -= 1;
        want();
      }
    });
  };
  const unwant = (): void => {
    wanted -= 1;
    if (wanted === 0) nudge();
  };

  /** The error before which the lane stands still for good, as far as can be told. */
  const lasting = async (tenant: number): Promise<{ position: number; code: Code } | undefined> => {
    const error = lease.fence() === undefined ? await laneErrorOf(sql, tenant) : lanes.of(tenant).failing;
    return error && error.attempts >= LASTING ? error : undefined;
  };

  const catchUp: ProjectionRunner['catchUp'] = async (tenant, position, options) => {
    const { signal, waitMs: limit = waitMs } = options instanceof AbortSignal ? { signal: options } : (options ?? {});
    const lane = lanes.of(tenant);
    if (lane.position >= position) return;
    const until = Date.now() + limit;
    want();
    try {
      for (;;) {
        // Listening comes before looking, so that nothing falls between.
        const { promise: news, resolve: heard } = Promise.withResolvers<void>();
        lane.listeners.add(heard);
        try {
          lanes.wake(tenant);
          if (lease.fence() === undefined) lanes.advance(lane, await checkpointOf(sql, tenant));
          if (lane.position >= position) return;
          signal?.throwIfAborted();
          if (stopping) throw refuse('UNAVAILABLE', 'this process is stopping');
          const stuck = await lasting(tenant);
          if (stuck && stuck.position <= position) throw standsStill(stuck.position, stuck.code);
          if (Date.now() >= until) throw tooLate(lane.position, position);
          await Promise.race([news, waiting(lease.fence() === undefined ? 25 : 250, signal)]);
        } finally {
          lane.listeners.delete(heard);
        }
      }
    } finally {
      unwant();
    }
  };

  let started = false;
  return {
    start: () => {
      if (started) return;
      started = true;
      want();
    },
    stop: async () => {
      if (started) {
        started = false;
        unwant();
      }
      // Who still waits is told, rather than waited for.
      stopping = true;
      lanes.tellAll();
      await loop;
      stopping = false;
    },
    catchUp,
    projected: async (tenant) => {
      const lane = lanes.of(tenant);
      lanes.advance(lane, await checkpointOf(sql, tenant));
      return lane.position;
    },
    status: async (tenant) => {
      const [position, heads, error] = await Promise.all([checkpointOf(sql, tenant), store.heads(), laneErrorOf(sql, tenant)]);
      const head = heads.get(tenant) ?? 0;
      return {
        projection: PROJECTION.name,
        version: PROJECTION.version,
        position,
        head,
        behind: Math.max(0, head - position),
        leading: lease.fence() !== undefined,
        error,
      };
    },
  };
};
