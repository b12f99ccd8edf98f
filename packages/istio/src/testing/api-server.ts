import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../api/endpoint.ts';
import { type ClientLimits, defaultLimits, KubeClient } from '../api/client.ts';

/** How a test's API server answers one request. */
export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** An API server in this process that answers as it is told, and a client of it. */
export interface TestApiServer extends AsyncDisposable {
  readonly client: KubeClient;
  /** `GET /api/v1/…` of every request, in order. */
  readonly asked: readonly string[];
  readonly server: http.Server;
}

export async function serveApi(answer: Answer, limits: Partial<ClientLimits> = {}): Promise<TestApiServer> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = new http.Agent({ keepAlive: true });
  const { port } = server.address() as AddressInfo;
  const endpoint: Endpoint = {
    server: new URL(`http://127.0.0.1:${port}`),
    credentials: async () => ({ headers: { Authorization: 'Bearer secret-token' }, agent, tls: {} }),
    close: () => agent.destroy(),
  };
  return {
    client: new KubeClient(endpoint, 'wasmcast/test', { ...defaultLimits, ...limits }),
    asked,
    server,
    [Symbol.asyncDispose]: async () => {
      endpoint.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(response: http.ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
