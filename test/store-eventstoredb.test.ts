import test from 'ava';
import { behindProxies } from './eventstoredb/contract.ts';
import { eventStoreServer } from './eventstoredb/server.ts';
import { storeContract } from './store-contract.ts';

storeContract(test, 'eventstoredb', async (t) => {
  // as docker-compose.yml sets it: untold, a server takes 1 MiB an append
  const server = await eventStoreServer(t, { maxAppendSize: 16_000_000 });
  return behindProxies(t, {
    port: server.port,
    urlAt: (port) => `esdb://127.0.0.1:${port}?tls=false`,
    installation: 'test',
    landed: async () => server.log.all.length,
  });
});
