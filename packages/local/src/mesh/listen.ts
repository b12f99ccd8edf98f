import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Address that all servers of a mesh listen on. */
export const loopback = '127.0.0.1';

/** Listens on a TCP port of loopback, 0 for a free one; gives the port. Rejects with Node's error. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: loopback, port }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Stops a server: no new connection; idle ones end now, busy ones when their response is out or `graceMs` have passed.
 */
export function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const hard = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(hard);
      resolve();
    });
    server.closeIdleConnections();
  });
}
