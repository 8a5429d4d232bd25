import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpApp } from './app.ts';

export interface Listening {
  /** http://host:port, as a client on this machine writes it. */
  url: string;
  port: number;
  /** Stops taking requests, waits for those under way up to `graceMs`, then ends them. */
  close(graceMs?: number): Promise<void>;
}

/** Opens the port. `port` 0 asks the system for a free one. Rejects when the port is taken. */
export const listen = async ({ app, close }: HttpApp, { port, host }: { port: number; host: string }): Promise<Listening> => {
  // Longer than clients and balancers keep an idle connection, so that it is they who end it: a request sent while we end it is lost.
  const server: Server = createServer({ requestTimeout: 120_000, headersTimeout: 20_000, keepAliveTimeout: 65_000 }, app.callback());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port;
  const shown = host === '0.0.0.0' || host === '::' || host === '127.0.0.1' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${bound}`,
    port: bound,
    async close(graceMs = 10_000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection whose request ends now would stay open for the next one.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const timer = setTimeout(() => {
        void close().catch(() => undefined);
        server.closeAllConnections();
      }, graceMs);
      await closed;
      clearInterval(idle);
      clearTimeout(timer);
      await close().catch(() => undefined);
    },
  };
};
