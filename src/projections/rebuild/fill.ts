import type { EventStore, StoredEvent } from '../../store/port.ts';
import { readPage } from '../check-log.ts';
import { type Memory, memoryOf } from '../memory.ts';
import { PROJECTION, project } from '../projector.ts';
import type { Sql } from '../sql.ts';

/** Log bytes in one transaction of a fold. */
const PAGE_BYTES = 12_000_000;
const PAGE_EVENTS = 20_000;

/** The next event of a tenant cannot be projected: the filling of this tenant stands still before it. */
export class FillStuck extends Error {
  readonly tenant: number;
  readonly position: number;
  constructor(tenant: number, position: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'FillStuck';
    this.tenant = tenant;
    this.position = position;
  }
}

export interface Filler {
  /** Up to where a tenant is filled. */
  at(sql: Sql, tenant: number): Promise<number>;
  /** Folds the tenant's log up to `to` (included) into the filling. Throws FillStuck. */
  fill(sql: Sql, tenant: number, to: number, onProgress?: (position: number) => void): Promise<void>;
  /** Forgets what is remembered; needed when a transaction around `fill` was rolled back. */
  forget(): void;
}

/**
 * Fills a generation by the same code that projects live, with a memory in place of reading back, and large pages. Rows and
 * checkpoint are one transaction a page, so a filling that was killed goes on where it was. What is given as `sql` is one
 * connection (or a transaction on it) whose search_path is the filling's schema.
 */
export const fillerOf = (store: EventStore): Filler => {
  let memory: { tenant: number; of: Memory } | undefined;
  let limit = 500;

  const at = async (sql: Sql, tenant: number): Promise<number> => {
    const [row] = await sql.query<{ position: string }>(
      'select position from projection_checkpoint where projection = $1 and version = $2 and tenant = $3',
      [PROJECTION.name, PROJECTION.version, tenant],
    );
    return row ? Number(row.position) : 0;
  };

  const write = async (sql: Sql, tenant: number, events: readonly StoredEvent[]): Promise<void> => {
    const first = (events[0] as StoredEvent).position;
    if (memory?.tenant !== tenant) memory = { tenant, of: memoryOf(first === 1) };
    const remembered = memory.of;
    try {
      await sql.transaction(async (tx) => {
        await project(tx, store, tenant, events, remembered);
        await tx.query(
          `insert into projection_checkpoint (projection, version, tenant, position, fence) values ($1, $2, $3, $4, 0)
           on conflict (projection, version, tenant) do update set position = excluded.position, updated_at = clock_timestamp()`,
          [PROJECTION.name, PROJECTION.version, tenant, (events.at(-1) as StoredEvent).position],
        );
      });
    } catch (error) {
      // It remembers what was rolled back.
      memory = undefined;
      // One at a time finds the event that fails, and keeps those before it.
      if (events.length === 1 || isLost(error)) throw isLost(error) ? error : new FillStuck(tenant, first, error);
      for (const event of events) await write(sql, tenant, [event]);
    }
  };

  return {
    at,
    forget: () => {
      memory = undefined;
    },
    fill: async (sql, tenant, to, onProgress) => {
      let done = await at(sql, tenant);
      const read = (after: number): Promise<StoredEvent[]> => readPage(store, tenant, after, Math.min(limit, to - after));
      let next = done < to ? read(done) : undefined;
      next?.catch(() => {});
      while (next) {
        const events = await next;
        const last = events.at(-1);
        if (!last) throw new Error(`the log of tenant ${tenant} ends at ${done}, before position ${to}`);
        const bytes = events.reduce((sum, e) => sum + e.bytes.length, 0);
        limit = Math.max(1, Math.min(PAGE_EVENTS, Math.floor((PAGE_BYTES * events.length) / Math.max(1, bytes))));
        // The next page is read while this one is written.
        next = last.position < to ? read(last.position) : undefined;
        next?.catch(() => {});
        await write(sql, tenant, events);
        done = last.position;
        onProgress?.(done);
      }
    },
  };
};

/** The connection is gone, and with it the transaction and the lock; no event is at fault. */
const isLost = (error: unknown): boolean => {
  const code = (error as { code?: unknown }).code;
  return (
    (typeof code === 'string' && /^(57P0|08|ECONN|EPIPE)/.test(code)) ||
    /^(Connection terminated|Client has encountered|Client was closed)/.test(error instanceof Error ? error.message : '')
  );
};
