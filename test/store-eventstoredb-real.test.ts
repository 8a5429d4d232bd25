import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { END, streamNameFilter } from '@eventstore/db-client';
import test from 'ava';
import { openClient } from '../src/store/eventstoredb/client.ts';
import { streamNames } from '../src/store/eventstoredb/names.ts';
import { behindProxies } from './eventstoredb/contract.ts';
import { storeContract } from './store-contract.ts';

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
    const installation = `test-${randomBytes(6).toString('hex')}`;
    const client = openClient(`${front}${host}:${port}${options}`);
    const arriving = client.subscribeToAll({
      fromPosition: END,
      filter: streamNameFilter({ prefixes: [streamNames(installation).prefix] }),
    });
    let arrived = 0;
    let trouble: unknown;
    arriving.on('data', () => (arrived += 1)).on('error', (error) => (trouble = error));
    t.teardown(() => client.dispose());
    await once(arriving, 'confirmation');
    return behindProxies(t, {
      port: Number(port),
      host,
      urlAt: (at) => `${front}127.0.0.1:${at}${options}`,
      installation,
      landed: async () => {
        if (trouble) throw trouble;
        return arrived;
      },
    });
  });
