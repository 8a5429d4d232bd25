import type pg from 'pg';
import { refuse } from '../../domain/codes.ts';
import { broken, decodeEvents, encodeEvents, type LogRow } from '../codec.ts';
import type { PersonalKeys } from '../personal-keys.ts';
import type { CallOptions, EventStore, StoredEvent } from '../port.ts';
import { call, patiently, tolerateLosses } from './calls.ts';
import { AppendLane } from './lane.ts';
import { follow } from './follow.ts';
import { Wake } from './wake.ts';

export interface StoreOptions {
  /** Longest time one call to the database may take, in ms (20 s). */
  attemptMs?: number;
  /** Longest time an append or a read waits for a database that is away, in ms (40 s). */
  patienceMs?: number;
}

/** The most bytes one append may have: what one parameter of one statement carries in comfort. */
const MAX_APPEND_BYTES = 200_000_000;

const COLUMNS = 'tenant, stream, position, revision, event_id, type, bytes';
type Row = Omit<LogRow, 'position' | 'revision'> & { position: string; revision: string };

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

  const read = <R extends pg.QueryResultRow>(name: string, text: string, values: unknown[], signal?: AbortSignal): Promise<R[]> =>
    patiently(() => call<R>(pool, { name, text, values }, attemptMs, signal), patienceMs, signal);

  const toEvents = (rows: readonly Row[]): Promise<StoredEvent[]> =>
    patiently(
      () =>
        decodeEvents(
          keys,
          rows.map((r) => ({ ...r, position: Number(r.position), revision: Number(r.revision) })),
        ),
      patienceMs,
    );

  const readLog = async (tenant: number, after: number, limit: number, { signal }: CallOptions = {}): Promise<StoredEvent[]> => {
    const rows = await read<Row>(
      'log-read',
      `select ${COLUMNS} from log.event where tenant = $1 and position > $2 order by position limit $3`,
      [tenant, after, limit],
      signal,
    );
    rows.forEach((row, i) => {
      if (Number(row.position) !== after + 1 + i) throw broken({ tenant, position: after + 1 + i }, 'the event is missing');
    });
    return toEvents(rows);
  };

  return {
    append: async (tenant, stream, expected, events, { signal } = {}) => {
      if (events.length === 0) throw new TypeError(`an append to ${stream} has no events`);
      if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= 0))
        throw new TypeError(`no revision: ${expected}`);
      signal?.throwIfAborted();
      const encoded = await encodeEvents(keys, tenant, stream, events);
      const bytes = encoded.reduce((sum, e) => sum + e.bytes.length, 0);
      if (bytes > MAX_APPEND_BYTES) throw refuse('TOO_LARGE', `an append of ${bytes} bytes; at most ${MAX_APPEND_BYTES} fit`);
      return laneOf(tenant).append(stream, expected, encoded, signal);
    },

    readStream: async (tenant, stream, fromRevision = 0, limit = 1000, { signal } = {}) => {
      const rows = await read<Row>(
        'log-read-stream',
        `select ${COLUMNS} from log.event where tenant = $1 and stream = $2 and revision >= $3 order by revision limit $4`,
        [tenant, stream, fromRevision, limit],
        signal,
      );
      rows.forEach((row, i) => {
        if (Number(row.revision) !== fromRevision + i)
          throw broken(
            { tenant, position: Number(row.position) },
            `before it, revision ${fromRevision + i} of stream ${stream} is missing`,
          );
      });
      return toEvents(rows);
    },

    head: async (tenant, stream, { signal } = {}) => {
      const [row] = await read<{ revision: string; position: string }>(
        'log-head',
        'select revision, position from log.event where tenant = $1 and stream = $2 order by revision desc limit 1',
        [tenant, stream],
        signal,
      );
      return row && { revision: Number(row.revision), position: Number(row.position) };
    },

    readLog,

    heads: async ({ signal } = {}) => {
      const rows = await read<{ id: number; head: string }>(
        'log-heads',
        `select t.id, h.position as head from log.tenant t
         cross join lateral (select position from log.event e where e.tenant = t.id order by position desc limit 1) h`,
        [],
        signal,
      );
      return new Map(rows.map(({ id, head }) => [id, Number(head)]));
    },

    subscribe: (tenant, after, { signal, batch = 500 }) => follow({ readLog, wake }, tenant, after, batch, signal),
    onAppend: (listener) => wake.on(listener),
    close: async () => {
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
      await wake.close();
    },
  };
};
