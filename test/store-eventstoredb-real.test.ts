import { randomBytes } from 'node:crypto';
import test from 'ava';
import pg from 'pg';
import { eventStoreDb } from '../src/store/eventstoredb/store.ts';
import { PersonalKeys } from '../src/store/personal-keys.ts';
import { tolerateLosses } from '../src/store/postgres/calls.ts';
import { MASTER } from './eventstoredb/open.ts';
import { storeContract } from './store-contract.ts';
import { freshDatabase } from './support/database.ts';
import { proxyTo } from './support/proxy.ts';

/** `esdb://[user:password@]host[:port][?options]`: one node, for a proxy stands before it. */
const node = /^(esdb:\/\/(?:[^@/]+@)?)([^:/?,]+)(?::(\d+))?(\/?\?.*)?$/.exec(process.env.EVENTSTORE_URL ?? '');

/**
 * The contract on a real server. Its certificate, where it has one, must be good for 127.0.0.1, and it takes appends of 16 MB
 * (EVENTSTORE_MAX_APPEND_SIZE). Each test has an installation of its own; nothing is deleted.
 */
if (!node)
  test.skip('eventstoredb, a real one: skipped, for EVENTSTORE_URL names no single node (esdb://user:password@host:2113)', () => {});
else
  storeContract(test, 'eventstoredb, a real one', async (t) => {
    const [, front = '', host = '', port = '2113', options = ''] = node;
    const db = await freshDatabase(t);
    const [database, events] = [await proxyTo(Number(new URL(db.url).port)), await proxyTo(Number(port), host)];
    const url = new URL(db.url);
    url.port = String(database.port);
    const installation = `test-${randomBytes(6).toString('hex')}`;
    const closing: (() => Promise<unknown>)[] = [];
    const open = () => {
      const pool = new pg.Pool({ connectionString: url.href, max: 8 });
      tolerateLosses(pool);
      const store = eventStoreDb({
        url: `${front}127.0.0.1:${events.port}${options}`,
        installation,
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
