import type pg from 'pg';
import { broken, decodeEvents, type LogRow } from '../codec.ts';
import type { PersonalKeys } from '../personal-keys.ts';
import type { CallOptions, EventStore, StoredEvent } from '../port.ts';
import { call, patiently } from './calls.ts';
import { follow } from './follow.ts';
import type { Wake } from './wake.ts';

export interface ReaderSettings {
  pool: pg.Pool;
  keys: PersonalKeys;
  wake: Wake;
  /** Longest time one call to the database may take, in ms. */
  attemptMs: number;
  /** Longest time a read waits for a database that is away, in ms. */
  patienceMs: number;
}

const COLUMNS = 'tenant, stream, position, revision, event_id, type, bytes';
type Row = Omit<LogRow, 'position' | 'revision'> & { position: string; revision: string };

/** Everything that reads `log.event`: the log itself, or the copy of one that is kept elsewhere. */
export const logReader = ({ pool, keys, wake, attemptMs, patienceMs }: ReaderSettings): Omit<EventStore, 'append' | 'close'> => {
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
  };
};
