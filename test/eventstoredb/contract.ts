import type { ExecutionContext } from 'ava';
import pg from 'pg';
import { eventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { PersonalKeys } from '../../src/store/personal-keys.ts';
import { tolerateLosses } from '../../src/store/postgres/calls.ts';
import { freshDatabase } from '../support/database.ts';
import { proxyTo } from '../support/proxy.ts';
import { MASTER } from './open.ts';

/** What the contract needs of a store whose server, and whose database, stand behind proxies that can be cut; `urlAt` gives the server's URL at the proxy's port. */
export const behindProxies = async (
  t: ExecutionContext,
  server: { port: number; host?: string; urlAt: (port: number) => string; installation: string; landed: () => Promise<number> },
) => {
  const db = await freshDatabase(t);
  const [database, events] = [await proxyTo(Number(new URL(db.url).port)), await proxyTo(server.port, server.host)];
  const url = new URL(db.url);
  url.port = String(database.port);
  const closing: (() => Promise<unknown>)[] = [];
  const open = () => {
    const pool = new pg.Pool({ connectionString: url.href, max: 8 });
    tolerateLosses(pool);
    const store = eventStoreDb({
      url: server.urlAt(events.port),
      installation: server.installation,
      pool,
      keys: new PersonalKeys(pool, MASTER),
      leaseMs: 2000,
    });
    closing.push(
      () => store.close(),
      () => pool.end(),
    );
    return store;
  };
  const store = open();
  t.teardown(async () => {
    await Promise.all([database.mend(), events.mend()]);
    for (const close of closing) await close();
    await Promise.all([database.close(), events.close()]);
  });
  return {
    store,
    another: open,
    landed: server.landed,
    goAway: async () => void (await Promise.all([database.cut(), events.cut()])),
    comeBack: async () => void (await Promise.all([database.mend(), events.mend()])),
    answerNothing: (what: 'appends' | 'all') => {
      events.swallow();
      if (what !== 'appends') database.swallow();
    },
  };
};
