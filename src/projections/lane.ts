import type { Code } from '../domain/codes.ts';
import type { EventStore, StoredEvent } from '../store/port.ts';
import { PROJECTION, project } from './projector.ts';
import { comparedTables } from './schema.ts';
import type { Sql } from './sql.ts';

/** The leader changed while this process worked: nothing was written, the new leader goes on. */
export class Fenced extends Error {
  constructor() {
    super('another process leads this projection now');
    this.name = 'Fenced';
  }
}

/** Changes in one batch after which the tables' statistics are worth renewing at once. */
const MANY = 2_000;
/** Bytes of log events read at once. */
const PAGE_BYTES = 4_000_000;
const PAGE_EVENTS = 500;

/** The position a tenant is projected to; 0 before its first event. */
export const checkpointOf = async (sql: Sql, tenant: number): Promise<number> => {
  const [row] = await sql.query<{ position: string }>(
    'select position from projection_checkpoint where projection = $1 and version = $2 and tenant = $3',
    [PROJECTION.name, PROJECTION.version, tenant],
  );
  return row ? Number(row.position) : 0;
};

/**
 * Writes one batch: rows and checkpoint in one transaction. The checkpoint is compared and set first, so that two leaders of
 * a lane stand behind each other at its row; the fencing number is compared last, so that who lost the lease meanwhile writes
 * nothing. Throws Fenced in both cases.
 */
export const projectBatch = async (
  sql: Sql,
  store: EventStore,
  tenant: number,
  after: number,
  events: readonly StoredEvent[],
  fence: number,
): Promise<number> => {
  const last = (events.at(-1) as StoredEvent).position;
  events.forEach((e, i) => {
    if (e.position !== after + 1 + i) throw new Error(`the log of tenant ${tenant} has no event at position ${after + 1 + i}`);
  });
  const changes = await sql.transaction(async (tx) => {
    // A process that hangs in the middle must not hold the lane for ever.
    await tx.query(`set local idle_in_transaction_session_timeout = '60s'`);
    if (after === 0)
      await tx.query(
        'insert into projection_checkpoint (projection, version, tenant, position, fence) values ($1, $2, $3, 0, $4) on conflict do nothing',
        [PROJECTION.name, PROJECTION.version, tenant, fence],
      );
    const moved = await tx.query(
      `update projection_checkpoint set position = $4, fence = $5, updated_at = clock_timestamp()
       where projection = $1 and version = $2 and tenant = $3 and position = $6 and fence <= $5 returning position`,
      [PROJECTION.name, PROJECTION.version, tenant, last, fence, after],
    );
    if (moved.length === 0) throw new Fenced();
    const projected = await project(tx, store, tenant, events);
    const [lease] = await tx.query<{ fence: string }>('select fence from projection_lease where projection = $1 and version = $2', [
      PROJECTION.name,
      PROJECTION.version,
    ]);
    if (Number(lease?.fence) !== fence) throw new Fenced();
    await clearLaneError(tx, tenant);
    return projected;
  });
  // Until the server looks by itself, in a minute or so, it would plan for tables as small as they were.
  // The batch stands whether or not that works.
  if (changes >= MANY) await sql.query(`analyze ${Object.keys(comparedTables).join(', ')}`).catch(() => undefined);
  return last;
};

/** How many events the next page should have, after one like this: events can be a few bytes or a megabyte. */
export const pageSize = (page: readonly StoredEvent[]): number => {
  const bytes = page.reduce((sum, e) => sum + e.bytes.length, 0);
  return Math.max(1, Math.min(PAGE_EVENTS, Math.floor((PAGE_BYTES * page.length) / Math.max(bytes, 1))));
};

/** Reads the log in pages of bounded size. */
export const pageReader = (store: EventStore, tenant: number): ((after: number, most?: number) => Promise<StoredEvent[]>) => {
  let limit = 50;
  return async (after, most = PAGE_EVENTS) => {
    const events = await store.readLog(tenant, after, Math.min(limit, most));
    if (events.length > 0) limit = pageSize(events);
    return events;
  };
};

/** The lane goes on. */
export const clearLaneError = async (sql: Sql, tenant: number): Promise<void> => {
  await sql.query('delete from projection_lane_error where projection = $1 and version = $2 and tenant = $3', [
    PROJECTION.name,
    PROJECTION.version,
    tenant,
  ]);
};

/** Records that a lane stands still before `position`, for status; attempts count up while it is the same position. */
export const recordLaneError = async (
  sql: Sql,
  tenant: number,
  { position, message, code }: { position: number; message: string; code: Code },
): Promise<number> => {
  const [row] = await sql.query<{ attempts: number }>(
    `insert into projection_lane_error as e (projection, version, tenant, position, message, code, attempts, first_at, last_at)
     values ($1, $2, $3, $4, $5, $6, 1, clock_timestamp(), clock_timestamp())
     on conflict (projection, version, tenant) do update set
       attempts = case when e.position = excluded.position then e.attempts + 1 else 1 end,
       first_at = case when e.position = excluded.position then e.first_at else excluded.first_at end,
       position = excluded.position, message = excluded.message, code = excluded.code, last_at = excluded.last_at
     returning attempts`,
    [PROJECTION.name, PROJECTION.version, tenant, position, message.slice(0, 2000), code],
  );
  return row?.attempts ?? 1;
};

/** The error before which a lane stands still, as its leader recorded it. */
export interface RecordedLaneError {
  position: number;
  message: string;
  code: Code;
  attempts: number;
  first_at: string;
  last_at: string;
}

export const laneErrorOf = async (sql: Sql, tenant: number): Promise<RecordedLaneError | null> => {
  const [row] = await sql.query<Omit<RecordedLaneError, 'position'> & { position: string }>(
    'select position, message, code, attempts, first_at, last_at from projection_lane_error where projection = $1 and version = $2 and tenant = $3',
    [PROJECTION.name, PROJECTION.version, tenant],
  );
  return row ? { ...row, position: Number(row.position) } : null;
};
