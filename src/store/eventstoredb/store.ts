import { setTimeout as sleep } from 'node:timers/promises';
import { BACKWARDS, END } from '@eventstore/db-client';
import type pg from 'pg';
import { encodeEvents } from '../codec.ts';
import { checkAppend, checkSize } from '../input.ts';
import type { PersonalKeys } from '../personal-keys.ts';
import type { EventStore } from '../port.ts';
import { tolerateLosses } from '../postgres/calls.ts';
import { logReader } from '../postgres/reader.ts';
import { Wake } from '../postgres/wake.ts';
import { Appender } from './appender.ts';
import { openClient } from './client.ts';
import { type CopyStatus, copyStatus } from './copy-trouble.ts';
import { Copier, type CopierSettings } from './copier.ts';
import { type Comparison, compareWithStore } from './fresh.ts';
import { type Moved, moveFromStore, moveToStore } from './move.ts';
import { streamNames } from './names.ts';
import { CopyWaiting } from './waiting.ts';

export interface EventStoreDbOptions {
  /** Connection string, with TLS and credentials. */
  url: string;
  /** What the names of this installation's streams start with; others may share the server. */
  installation: string;
  /** Holds the copy of the log that everything reads. Stays the caller's. */
  pool: pg.Pool;
  keys: PersonalKeys;
  /** Longest time one call may take, in ms (10 s). */
  attemptMs?: number;
  /** Longest time an append or a read waits for a server that is away, in ms (40 s). */
  patienceMs?: number;
  /** How long a leader of the copy that says nothing more keeps its place, in ms. */
  leaseMs?: number;
  /** Told of what keeps the copy from going on; it is tried again. */
  onError?: (error: unknown) => void;
  /** For tests of the fence. */
  beforeStep?: CopierSettings['beforeStep'];
}

/** Longest time the end of calls is waited for at the end, in ms. */
const DISPOSE_MS = 500;

/** The event store on EventStoreDB, and what can be asked of its copy. */
export interface EventStoreDb extends EventStore {
  /** Whether this process copies now. */
  readonly copying: boolean;
  /** Compares a copy made now with the table; undefined for a tenant whose log lives in PostgreSQL. Throws LOG_DIVERGED at the first difference. */
  verify(tenant: number): Promise<Comparison | undefined>;
  /** Resolves with what its last event says of the server; throws when it does not answer or does not let us read. */
  reachable(): Promise<string>;
  /** Whether some process copies, and what keeps the copy from going on. */
  copyStatus(): Promise<CopyStatus>;
  /** Moves a tenant's log here from PostgreSQL, or back. */
  moveHere(tenant: number, onProgress: (events: number) => void): Promise<Moved>;
  moveAway(tenant: number): Promise<Moved>;
}

/**
 * The event store on EventStoreDB: appends go there, and everything else reads the copy in PostgreSQL, which one of the
 * processes keeps up to date. An append is answered when the copy has it, so who reads afterwards finds it.
 */
export const eventStoreDb = (options: EventStoreDbOptions): EventStoreDb => {
  const { url, pool, keys, attemptMs = 10_000, patienceMs = 40_000, leaseMs, onError = () => {}, beforeStep } = options;
  tolerateLosses(pool);
  const names = streamNames(options.installation);
  const wake = new Wake(pool);
  const waiting = new CopyWaiting(pool, wake, attemptMs);
  // a client of its own for the copy: a client that loses its server closes the channel under everything it does
  const [client, copyClient] = [openClient(url), openClient(url)];
  const copier = new Copier({
    client: copyClient,
    pool,
    names,
    attemptMs,
    grew: (tenant) => wake.grew(tenant),
    onError,
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(beforeStep ? { beforeStep } : {}),
  });
  const appender = new Appender({ client, pool, names, waiting, attemptMs, patienceMs });
  const reader = logReader({ pool, keys, wake, attemptMs, patienceMs });
  const settings = { client, pool, names, attemptMs, patienceMs };
  return {
    ...reader,
    verify: async (tenant) => {
      const { rowCount } = await pool.query('select from log.copied_tenant where tenant = $1', [tenant]);
      copier.start();
      return rowCount === 0 ? undefined : compareWithStore(settings, tenant, settings);
    },
    reachable: async () => {
      const asking = (async () => {
        for await (const { event } of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))
          return `answers; its last event lies at ${event?.position?.commit ?? 'an unknown place'}`;
        return 'answers; it is empty';
      })();
      const late = sleep(attemptMs, undefined, { ref: false }).then(() => {
        throw new Error(`the event store did not answer within ${attemptMs} ms`);
      });
      return Promise.race([asking, late]);
    },
    copyStatus: () => copyStatus(pool),
    moveHere: (tenant, onProgress) => moveToStore(settings, tenant, onProgress),
    moveAway: (tenant) => {
      copier.start();
      return moveFromStore(settings, tenant);
    },
    get copying() {
      return copier.leading;
    },
    append: async (tenant, stream, expected, events, { signal } = {}) => {
      checkAppend(stream, expected, events);
      signal?.throwIfAborted();
      const encoded = await encodeEvents(keys, tenant, stream, events);
      checkSize(encoded);
      copier.start();
      return appender.append(tenant, stream, expected, encoded, signal);
    },
    subscribe: (...follow) => {
      copier.start();
      return reader.subscribe(...follow);
    },
    onAppend: (listener) => {
      copier.start();
      return reader.onAppend(listener);
    },
    close: async () => {
      await appender.idle();
      await copier.stop();
      waiting.close();
      await wake.close();
      // a call that ended in between is never said to have ended
      const disposed = new AbortController();
      const late = sleep(DISPOSE_MS, undefined, { signal: disposed.signal }).catch(() => {});
      await Promise.race([Promise.all([client.dispose(), copyClient.dispose()]), late]);
      disposed.abort();
    },
  };
};
