import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { once } from 'node:events';

/**
 * A lock between processes, by an abstract Unix socket (Linux): the kernel lets go of it when its holder dies, so there is
 * nothing stale to clean up, and who waits is woken by the connection's end instead of asking again and again.
 *
 * @param onWait called once if another process holds it.
 */
export async function acquireLock(
  name: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onWait?: () => void } = {},
): Promise<AsyncDisposable> {
  const address = `\0wasmcast-testbed-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  let waited = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const held = await listen(address);
    if (held) return held;
    if (!waited) options.onWait?.();
    waited = true;
    await holderGone(address, options.signal);
  }
}

async function listen(address: string): Promise<AsyncDisposable | undefined> {
  const waiters = new Set<Socket>();
  const server: Server = createServer((socket) => {
    waiters.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => waiters.delete(socket));
    socket.unref();
  });
  try {
    await once(server.listen(address), 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of waiters) socket.destroy();
      await closed;
    },
  };
}

async function holderGone(address: string, signal: AbortSignal | undefined): Promise<void> {
  const socket = connect(address);
  // A refused connection says the same as a closed one: nobody holds the lock any more.
  socket.on('error', () => undefined);
  socket.resume();
  const abort = (): void => void socket.destroy();
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  await new Promise((resolve) => socket.on('close', resolve));
  signal?.removeEventListener('abort', abort);
}
