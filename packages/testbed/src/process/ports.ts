import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { WasmcastError } from '@wasmcast/core';

// Below the range from which Linux takes the ports of outgoing connections (32768 and up), so that none of those comes
// between the choice and its use.
const lowest = 20_000;
const highest = 32_000;

/** Ports that nobody listens on, on any address; all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  try {
    for (let attempt = 0; held.size < count; attempt += 1) {
      if (attempt > 1000)
        throw new WasmcastError('WC-BED-008', `no ${count} free ports in ${lowest}-${highest}`);
      const port = randomInt(lowest, highest);
      if (held.has(port)) continue;
      const server = await tryListen(port);
      if (server) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map(close));
  }
}

async function tryListen(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ port, host: '0.0.0.0', exclusive: true }), 'listening');
    return server;
  } catch {
    return undefined;
  }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
