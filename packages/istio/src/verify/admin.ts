import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { KubeClient } from '../api/client.ts';
import { isStatus } from '../api/api-error.ts';
import { execInPod } from '../api/exec.ts';
import { connectPod } from '../api/port-forward.ts';
import { readServerInfo } from './server-info.ts';

/** Reads pages of Envoy's admin interface inside one pod. */
export interface AdminReader extends AsyncDisposable {
  /** `LIVE`, `PRE_INITIALIZING`, `INITIALIZING` or `DRAINING`, as Envoy said when it was opened. */
  readonly state: string | undefined;
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
  const exec: Omit<AdminReader, 'state'> = {
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
  try {
    const forwarded = overConnection(await connectPod(client, pod, adminPort, signal), maxBytes);
    const state = await forwarded.get('/ready', signal).catch((error: unknown) => {
      // Until it is live it answers 503, and says what it is.
      if (error instanceof AdminAnswer) return error.body;
      throw error;
    });
    return { ...forwarded, state: state.trim() };
  } catch (error) {
    signal.throwIfAborted();
    if (!isReady && !isForbidden(error)) throw error;
    try {
      // `pilot-agent request` gives the body of a 200 only, which this page always is.
      const { state } = readServerInfo(await exec.get('/server_info', signal));
      return { ...exec, state };
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
  readonly body: string;

  constructor(path: string, status: number | undefined, body: string) {
    super(`${path} answered ${status}: ${body.slice(0, 200)}`);
    this.body = body;
  }
}

/** True if the API server said that we may not look into the pod. */
export function isForbidden(error: unknown): boolean {
  return isStatus(error, 401, 403);
}

function overConnection(connection: Duplex, maxBytes: number): Omit<AdminReader, 'state'> {
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
    const answered = (): void => void connection.off('close', gone);
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
          answered();
          const body = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === 200) resolve(body);
          else reject(new AdminAnswer(path, response.statusCode, body));
        });
      },
    );
    request.on('error', reject);
  });
}
