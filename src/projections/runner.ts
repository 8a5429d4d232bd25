import { refuse } from '../domain/codes.ts';
import type { EventStore } from '../store/port.ts';
import { checkpointOf, Fenced, pageReader, projectBatch, recordLaneError } from './lane.ts';
import { LEASE_MS, leaseOf } from './lease.ts';
import { PROJECTION } from './projector.ts';
import type { Sql } from './sql.ts';

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
  onError?: (error: unknown, where: { tenant?: number; position?: number }) => void;
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
  error: { position: number; message: string; attempts: number; first_at: string; last_at: string } | null;
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
/** Lanes worked on at the same time; each takes a connection. */
const LANES = 3;

interface Lane {
  /** A batch is under way, or waits for its turn. */
  busy: boolean;
  /** Something came while it was busy. */
  again: boolean;
  position: number;
  /** Not before this time (ms), after an error. */
  notBefore: number;
  attempts: number;
  failing: { position: number; message: string } | undefined;
  waiters: Set<() => void>;
}

/**
 * Runs the projection: one leader among all processes, each tenant a lane of its own. Woken by appends, and by a sweep over
 * the heads, which is what finds everything in the end.
 */
export const projectionRunner = (settings: RunnerSettings): ProjectionRunner => {
  const { store, sql } = settings;
  const { waitMs = 30_000, leaseMs = LEASE_MS, sweepMs = 2_000, onError = () => {} } = settings;
  const lease = leaseOf(sql, PROJECTION, leaseMs);
  const lanes = new Map<number, Lane>();
  /** Who wants this process to lead if it can: `start`, and every caller that waits. */
  let wanted = 0;
  let loop: Promise<void> | undefined;
  let nudge: () => void = () => {};
  let slots = LANES;
  const queue: (() => void)[] = [];
  const running = new Set<Promise<void>>();

  const laneOf = (tenant: number): Lane => {
    let lane = lanes.get(tenant);
    if (!lane)
      lanes.set(
        tenant,
        (lane = { busy: false, again: false, position: 0, notBefore: 0, attempts: 0, failing: undefined, waiters: new Set() }),
      );
    return lane;
  };
  const advance = (lane: Lane, position: number): void => {
    if (position <= lane.position) return;
    lane.position = position;
    for (const wake of lane.waiters) wake();
  };

  const drain = async (tenant: number, lane: Lane): Promise<void> => {
    const read = pageReader(store, tenant);
    let most: number | undefined;
    advance(lane, await checkpointOf(sql, tenant));
    for (let after = lane.position; lease.fence() !== undefined; ) {
      const events = await read(after, most);
      const fence = lease.fence();
      if (events.length === 0 || fence === undefined) return;
      try {
        after = await projectBatch(sql, store, tenant, after, events, fence);
        lane.failing = undefined;
        lane.attempts = 0;
        advance(lane, after);
      } catch (error) {
        // One event at a time finds the one that fails, and projects those before it.
        if (events.length > 1 && !(error instanceof Fenced)) most = 1;
        else throw Object.assign(error as Error, { laneAt: after + 1 });
      }
    }
  };

  const run = async (tenant: number, lane: Lane): Promise<void> => {
    if (slots > 0) slots -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      do {
        lane.again = false;
        await drain(tenant, lane);
      } while (lane.again && lease.fence() !== undefined);
    } catch (error) {
      const position = (error as { laneAt?: number }).laneAt ?? lane.position + 1;
      if (error instanceof Fenced) advance(lane, await checkpointOf(sql, tenant).catch(() => lane.position));
      else {
        const message = error instanceof Error ? error.message : String(error);
        lane.attempts += 1;
        lane.failing = { position, message };
        lane.notBefore = Date.now() + Math.min(15_000, 250 * 2 ** lane.attempts);
        onError(error, { tenant, position });
        await recordLaneError(sql, tenant, position, message).catch((e: unknown) => onError(e, { tenant, position }));
        for (const wake of lane.waiters) wake();
      }
    } finally {
      const next = queue.shift();
      if (next) next();
      else slots += 1;
      lane.busy = false;
    }
  };

  const wake = (tenant: number): void => {
    if (lease.fence() === undefined) return;
    const lane = laneOf(tenant);
    if (lane.busy) {
      lane.again = true;
      return;
    }
    if (Date.now() < lane.notBefore) return;
    lane.busy = true;
    const work = run(tenant, lane).finally(() => running.delete(work));
    running.add(work);
  };

  const sweep = async (): Promise<void> => {
    for (const [tenant, head] of await store.heads()) {
      const lane = lanes.get(tenant);
      if (!lane || lane.position < head) wake(tenant);
    }
  };

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
    const stopListening = store.onAppend(wake);
    // Renewing has its own timer: it must not wait for a lane.
    const renew = setInterval(() => {
      if (lease.fence() !== undefined) lease.take().catch((e: unknown) => onError(e, {}));
    }, leaseMs / 4);
    let swept = 0;
    try {
      while (wanted > 0) {
        try {
          const led = lease.fence() !== undefined;
          if (led || (await lease.take())) {
            if (!led || Date.now() - swept >= sweepMs) {
              swept = Date.now();
              await sweep();
            }
            for (const [tenant, lane] of lanes) if (lane.failing && !lane.busy) wake(tenant);
          }
        } catch (error) {
          onError(error, {});
        }
        if (wanted > 0) await pause(lease.fence() === undefined ? 200 : Math.min(500, sweepMs));
      }
      while (running.size > 0) await Promise.all(running);
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

  const catchUp: ProjectionRunner['catchUp'] = async (tenant, position, options) => {
    const { signal, waitMs: limit = waitMs } = options instanceof AbortSignal ? { signal: options } : (options ?? {});
    const lane = laneOf(tenant);
    if (lane.position >= position) return;
    const until = Date.now() + limit;
    want();
    try {
      for (;;) {
        // Listening comes before looking, so that nothing falls between.
        let heard: () => void = () => {};
        const news = new Promise<void>((resolve) => {
          heard = resolve;
        });
        lane.waiters.add(heard);
        try {
          wake(tenant);
          if (lease.fence() === undefined) advance(lane, await checkpointOf(sql, tenant));
          if (lane.position >= position) return;
          signal?.throwIfAborted();
          const stuck =
            lane.failing && lane.attempts >= LASTING ? lane.failing : lease.fence() === undefined ? await lastingError(tenant) : undefined;
          if (stuck && stuck.position <= position)
            throw refuse(
              'UNAVAILABLE',
              `the projection of this tenant stands still before position ${stuck.position}`,
              {
                wayOut: 'See status.get; reads of earlier positions (as_of) work.',
              },
              { position: stuck.position },
            );
          if (Date.now() >= until)
            throw refuse(
              'UNAVAILABLE',
              `the projection has reached position ${lane.position}, not ${position}, in time`,
              {},
              { position: lane.position },
            );
          await Promise.race([news, waiting(lease.fence() === undefined ? 25 : 250, signal)]);
        } finally {
          lane.waiters.delete(heard);
        }
      }
    } finally {
      unwant();
    }
  };

  const errorOf = async (tenant: number) => {
    const [row] = await sql.query<{ position: string; message: string; attempts: number; first_at: string; last_at: string }>(
      'select position, message, attempts, first_at, last_at from projection_lane_error where projection = $1 and version = $2 and tenant = $3',
      [PROJECTION.name, PROJECTION.version, tenant],
    );
    return row ? { ...row, position: Number(row.position) } : null;
  };
  const lastingError = async (tenant: number) => {
    const error = await errorOf(tenant);
    return error && error.attempts >= LASTING ? error : undefined;
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
      await loop;
    },
    catchUp,
    projected: async (tenant) => {
      const lane = laneOf(tenant);
      advance(lane, await checkpointOf(sql, tenant));
      return lane.position;
    },
    status: async (tenant) => {
      const [position, heads, error] = await Promise.all([checkpointOf(sql, tenant), store.heads(), errorOf(tenant)]);
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

/** Resolves after `ms`, or when the signal aborts. */
const waiting = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
