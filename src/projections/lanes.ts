import type { Code } from '../domain/codes.ts';
import type { EventStore } from '../store/port.ts';
import { checkpointOf, clearLaneError, Fenced, pageReader, projectBatch, recordLaneError } from './lane.ts';
import { laneCode } from './lane-code.ts';
import type { Lease } from './lease.ts';
import type { Sql } from './sql.ts';

/** Lanes worked on at the same time; each takes a connection. */
const AT_ONCE = 3;
/** The longest pause between two tries of a lane that stands still. */
const LONGEST_PAUSE_MS = 15_000;

/** One tenant's lane as this process knows it. */
export interface Lane {
  /** Projected up to here; may lag behind what another process did. */
  position: number;
  /** The event that cannot be projected, and how often it was tried. */
  failing: { position: number; message: string; code: Code; attempts: number } | undefined;
  /** Called when the position moves or an error comes. */
  listeners: Set<() => void>;
  /** A batch is under way, or waits for its turn; `again` says that something came meanwhile. */
  busy: boolean;
  again: boolean;
  /** Not before this time (ms), after an error. */
  notBefore: number;
}

export interface Lanes {
  of(tenant: number): Lane;
  /** Says that the lane is at least here. */
  advance(lane: Lane, position: number): void;
  /** Projects what is new of a tenant, in the background, while this process leads. */
  wake(tenant: number): void;
  /** Wakes every tenant whose log goes on, and every lane that stood still long enough. */
  sweep(): Promise<void>;
  retry(): void;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
  /** Calls every listener, so that who waits looks again. */
  tellAll(): void;
}

/** An error with the position of the event it came from. */
class LaneError extends Error {
  readonly position: number;
  constructor(position: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'LaneError';
    this.position = position;
  }
}

export type OnError = (error: unknown, where: { tenant?: number; position?: number }) => void;

/** The lanes of all tenants: each drains its own log in order, independent of the others, while `lease` is held. */
export const lanesOf = (store: EventStore, sql: Sql, lease: Lease, onError: OnError): Lanes => {
  const lanes = new Map<number, Lane>();
  const queue: (() => void)[] = [];
  const running = new Set<Promise<void>>();
  let free = AT_ONCE;

  const of = (tenant: number): Lane => {
    let lane = lanes.get(tenant);
    if (!lane) {
      lane = { position: 0, failing: undefined, listeners: new Set(), busy: false, again: false, notBefore: 0 };
      lanes.set(tenant, lane);
    }
    return lane;
  };

  const tell = (lane: Lane): void => {
    for (const listener of lane.listeners) listener();
  };
  const advance = (lane: Lane, position: number): void => {
    if (position <= lane.position) return;
    lane.position = position;
    tell(lane);
  };

  const drain = async (tenant: number, lane: Lane): Promise<void> => {
    const read = pageReader(store, tenant);
    let most: number | undefined;
    advance(lane, await checkpointOf(sql, tenant));
    for (let after = lane.position; ; ) {
      const events = await read(after, most);
      const fence = lease.fence();
      if (fence === undefined) return;
      if (events.length === 0) {
        // What failed was the way there, not an event: it is open again, and there is nothing to project.
        if (lane.failing) await clearLaneError(sql, tenant);
        lane.failing = undefined;
        return;
      }
      try {
        after = await projectBatch(sql, store, tenant, after, events, fence);
      } catch (error) {
        if (error instanceof Fenced) throw error;
        if (events.length === 1) throw new LaneError(after + 1, error);
        // One event at a time finds the one that fails, and projects those before it.
        most = 1;
        continue;
      }
      lane.failing = undefined;
      advance(lane, after);
    }
  };

  const fail = async (tenant: number, lane: Lane, error: unknown): Promise<void> => {
    const position = error instanceof LaneError ? error.position : lane.position + 1;
    const message = error instanceof Error ? error.message : String(error);
    const attempts = lane.failing?.position === position ? lane.failing.attempts + 1 : 1;
    const code = laneCode(error instanceof LaneError ? error.cause : error);
    lane.failing = { position, message, code, attempts };
    lane.notBefore = Date.now() + Math.min(LONGEST_PAUSE_MS, 250 * 2 ** attempts);
    onError(error, { tenant, position });
    await recordLaneError(sql, tenant, { position, message, code }).catch((e: unknown) => onError(e, { tenant, position }));
    tell(lane);
  };

  const run = async (tenant: number, lane: Lane): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      do {
        lane.again = false;
        await drain(tenant, lane);
      } while (lane.again && lease.fence() !== undefined);
    } catch (error) {
      // Another leader moved this lane: what it wrote stands, and the next look begins there.
      if (!(error instanceof Fenced)) await fail(tenant, lane, error);
    } finally {
      const next = queue.shift();
      if (next) next();
      else free += 1;
      lane.busy = false;
    }
  };

  const wake = (tenant: number): void => {
    if (lease.fence() === undefined) return;
    const lane = of(tenant);
    lane.again = true;
    if (lane.busy || Date.now() < lane.notBefore) return;
    lane.busy = true;
    const work = run(tenant, lane).finally(() => running.delete(work));
    running.add(work);
  };

  return {
    of,
    advance,
    wake,
    sweep: async () => {
      for (const [tenant, head] of await store.heads()) if (of(tenant).position < head) wake(tenant);
    },
    retry: () => {
      for (const [tenant, lane] of lanes) if (lane.failing) wake(tenant);
    },
    tellAll: () => {
      for (const lane of lanes.values()) tell(lane);
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
};
