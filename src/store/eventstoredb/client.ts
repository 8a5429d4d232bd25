import { EventStoreDBClient } from '@eventstore/db-client';

/**
 * A client for a connection string (with TLS and credentials as the string says). Throws an Error that does not repeat the
 * string, which may hold a password.
 */
export const openClient = (url: string): EventStoreDBClient => {
  if (/throwOnAppendFailure=false/i.test(url)) throw new Error('the connection string must not switch throwOnAppendFailure off');
  let client: EventStoreDBClient;
  try {
    client = EventStoreDBClient.connectionString(url);
  } catch (error) {
    // the parser's own message shows the whole string
    const file = error instanceof Error && error.message.startsWith('Failed to load') ? ': a certificate file was not found' : '';
    throw new Error(`the connection string of the event store cannot be used${file}; it looks like esdb://user:password@host:2113`);
  }
  // Batch appends share one stream and one table of promises among all clients of a process: one failure rejects the appends of
  // others, and an answer that comes after it ends the process. A call of its own per append keeps outcomes apart.
  return Object.assign(client, { supports: () => Promise.resolve(false) });
};
