import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { KubeClient } from '../api/client.ts';
import { isStatus } from '../api/api-error.ts';
import { execInPod } from '../api/exec.ts';
import { connectPod } from '../api/port-forward.ts';

/** Reads pages of Envoy's admin interface inside one pod. */
export interface AdminReader extends AsyncDisposable {
  /** The body of an answer with status 200. */
  get(path: string, signal: AbortSignal): Promise<string>;
}

const adminPort = 15000;
export const proxyContainer = 'istio-proxy';

/**
 * Opens the admin interface of a pod's sidecar: through pods/portforward, and where that is forbidden or does not work,
 * through pods/exec of `pilot-agent request`. `maxBytes` bounds each answer. A sidecar that is not ready yet has no reason
 * to be tried the second way unless the first was forbidden.
 */
export async function openAdmin(
  client: KubeClient,
  pod: { readonly namespace: string; readonly name: string },
  maxBytes: number,
  signal: AbortSignal,
  isReady = true,
): Promise<AdminReader> {
  const exec: AdminReader = {
    get: (path, aborted) =>
      execInPod(
        client,
        { ...pod, container: proxyContainer },
        ['pilot-agent', 'request', 'GET', path.replace(/^\//, '')],
        maxBytes,
        aborted,
      ),
    [Symbol.asyncDispose]: async () => {},
  };
  let forwarded: AdminReader;
  try {
    forwarded = overConnection(await connectPod(client, pod, adminPort, signal), maxBytes);
    await forwarded.get('/ready', signal).catch((error: unknown) => {
      // 503 while Envoy initialises is an answer; it is the page that counts, not the state.
      if (!(error instanceof AdminAnswer)) throw error;
    });
    return forwarded;
  } catch (error) {
    signal.throwIfAborted();
    if (!isReady && !isForbidden(error)) throw error;
    try {
      await exec.get('/server_info', signal);
      return exec;
    } catch {
      signal.throwIfAborted();
      // The first fault tells more: exec is only the way round it.
      throw error;
    }
  }
}

/** The admin interface answered, but not with 200. */
export class AdminAnswer extends Error {
  override readonly name = 'AdminAnswer';
}

/** True if the API server said that we may not look into the pod. */
export function isForbidden(error: unknown): boolean {
  return isStatus(error, 401, 403);
}

function overConnection(connection: Duplex, maxBytes: number): AdminReader {
  class OneConnection extends http.Agent {
    override createConnection(): Duplex {
      return connection;
    }
  }
  const agent = new OneConnection({ keepAlive: true, maxSockets: 1 });
  return {
    get: (path, signal) => get(agent, connection, path, maxBytes, signal),
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      connection.destroy();
    },
  };
}

function get(
  agent: http.Agent,
  connection: Duplex,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // A request on a connection that is gone would never hear of anything: the pod went between two pages.
    const gone = (): void => reject(new Error(`the connection ended before ${path} was answered`));
    if (connection.destroyed || connection.readableEnded) return gone();
    connection.once('close', gone);
    const request = http.get(
      { agent, path, signal, headers: { host: `localhost:${adminPort}`, connection: 'keep-alive' } },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.byteLength;
          if (size > maxBytes) request.destroy(new Error(`${path} is larger than ${maxBytes} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === 200) resolve(body);
          else reject(new AdminAnswer(`${path} answered ${response.statusCode}: ${body.slice(0, 200)}`));
        });
      },
    );
    request.on('error', reject);
  });
}
