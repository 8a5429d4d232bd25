import test from 'ava';
import pg from 'pg';
import { eventStoreDb } from '../src/store/eventstoredb/store.ts';
import { PersonalKeys } from '../src/store/personal-keys.ts';
import { tolerateLosses } from '../src/store/postgres/calls.ts';
import { eventStoreServer } from './eventstoredb/server.ts';
import { storeContract } from './store-contract.ts';
import { freshDatabase } from './support/database.ts';
import { proxyTo } from './support/proxy.ts';

const MASTER = Buffer.alloc(32, 7);

storeContract(test, 'eventstoredb', async (t) => {
  const db = await freshDatabase(t);
  // as docker-compose.yml sets it: untold, a server takes 1 MiB an append
  const server = await eventStoreServer(t, { maxAppendSize: 16_000_000 });
  const [database, events] = [await proxyTo(Number(new URL(db.url).port)), await proxyTo(server.port)];
  const url = new URL(db.url);
  url.port = String(database.port);
  const closing: (() => Promise<unknown>)[] = [];
  const open = () => {
    const pool = new pg.Pool({ connectionString: url.href, max: 8 });
    tolerateLosses(pool);
    const store = eventStoreDb({
      url: `esdb://127.0.0.1:${events.port}?tls=false`,
      installation: 'test',
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
    goAway: async () => void (await Promise.all([database.cut(), events.cut()])),
    comeBack: async () => void (await Promise.all([database.mend(), events.mend()])),
    answerNothing: (what) => {
      events.swallow();
      if (what !== 'appends') database.swallow();
    },
  };
});
