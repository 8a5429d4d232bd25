import pg from 'pg';
import { type EventStoreDb, type EventStoreDbOptions, eventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { PersonalKeys } from '../../src/store/personal-keys.ts';
import { tolerateLosses } from '../../src/store/postgres/calls.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { eventStoreServer, type TestServer } from './server.ts';

export const MASTER = Buffer.alloc(32, 7);

interface Teardown {
  teardown(fn: () => Promise<void>): void;
}

export interface Place {
  db: TestDatabase;
  server: TestServer;
  /** A store as one process has it; closed with the test. */
  open(more?: Partial<EventStoreDbOptions>): EventStoreDb;
}

/** A fresh database and a fresh server, and stores on both. */
export const place = async (t: Teardown, { server: given, db: on }: { server?: TestServer; db?: TestDatabase } = {}): Promise<Place> => {
  const db = on ?? (await freshDatabase(t));
  const server = given ?? (await eventStoreServer(t));
  const closing: (() => Promise<unknown>)[] = [];
  t.teardown(async () => {
    for (const close of closing) await close();
  });
  return {
    db,
    server,
    open: (more = {}) => {
      const pool = new pg.Pool({ connectionString: db.url, max: 8 });
      tolerateLosses(pool);
      const store = eventStoreDb({
        url: server.url,
        installation: 'test',
        pool,
        keys: new PersonalKeys(pool, MASTER),
        leaseMs: 2000,
        ...more,
      });
      closing.push(
        () => store.close(),
        () => pool.end(),
      );
      return store;
    },
  };
};
