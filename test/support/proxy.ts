import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, can swallow what comes back, and can be mended. */
export interface Proxy {
  port: number;
  /** Ends every connection and takes no new ones. */
  cut(): Promise<void>;
  /** Requests go through, answers do not: whoever asks cannot know what happened. */
  swallow(): void;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** A TCP proxy on a port of its own before a port of this machine, or of another host. */
export const proxyTo = async (target: number, host = '127.0.0.1'): Promise<Proxy> => {
  const sockets = new Set<Socket>();
  let swallowing = false;
  const server = createServer((inner) => {
    const outer = connect(target, host);
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          inner.destroy();
          outer.destroy();
        });
    }
    inner.on('data', (data) => outer.write(data));
    outer.on('data', (data) => {
      if (!swallowing) inner.write(data);
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => void server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as { port: number };
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const cut = (): Promise<void> =>
    new Promise((resolve) => {
      if (server.listening) server.close(() => resolve());
      else resolve();
      drop();
    });
  return {
    port,
    cut,
    swallow: () => {
      swallowing = true;
    },
    mend: async () => {
      swallowing = false;
      drop();
      if (!server.listening) await listen(port);
    },
    close: cut,
  };
};
