import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { KubeAccess } from '../kube-client.ts';

/**
 * What may go wrong between a client and an API server. Before it arrives: `busy` (429 with Retry-After), `conflict` (409 of a
 * write), `broken` (500), `dropped` (the connection ends). After it was done: `lost` (the connection ends without an answer),
 * `half` (it ends in the middle of the answer). `twice` delivers the request two times, `expired` answers the second page of
 * a list with 410, `silent` never answers.
 */
export type ApiFault =
  | 'busy'
  | 'conflict'
  | 'broken'
  | 'dropped'
  | 'lost'
  | 'half'
  | 'twice'
  | 'expired'
  | 'silent';

/** One request as it came, and what was done to it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly fault: ApiFault | undefined;
}

/** An API server that can be reached through this process alone, over plain HTTP. */
export interface FaultyApi extends AsyncDisposable {
  /** The path of a kubeconfig that names it. */
  readonly kubeconfig: string;
  /** Every request so far. */
  readonly seen: readonly SeenRequest[];
}

/** Decides on each request, in the order in which they come. */
export type ChooseFault = (request: {
  readonly method: string;
  readonly path: string;
}) => ApiFault | undefined;

/** Puts a proxy in front of a real API server that does to requests what `choose` says; its kubeconfig is written to `folder`. */
export async function startFaultyApi(
  access: KubeAccess,
  folder: string,
  choose: ChooseFault,
): Promise<FaultyApi> {
  const { ca, certificate: cert, key } = access;
  const agent = new https.Agent({ ca, cert, key, keepAlive: true, maxSockets: 64 });
  const seen: SeenRequest[] = [];
  const server = http.createServer((request, response) => {
    const { method = 'GET', url: path = '/' } = request;
    const fault = choose({ method, path });
    seen.push({ method, path, fault });
    answer(access.server, agent, request, response, fault).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, `faulty-${port}.yaml`);
  await writeFile(kubeconfig, configOf(port));
  return {
    kubeconfig,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  origin: string,
  agent: https.Agent,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  fault: ApiFault | undefined,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const forward = (): Promise<Forwarded> => forwarded(origin, agent, request, body);
  switch (fault) {
    case 'busy':
      return status(response, 429, 'TooManyRequests', { 'retry-after': '0' });
    case 'conflict':
      return status(response, 409, 'Conflict');
    case 'broken':
      return status(response, 500, 'InternalError');
    case 'expired':
      return status(response, 410, 'Expired');
    case 'dropped':
      request.socket.destroy();
      return;
    case 'silent':
      return;
    case 'lost':
      await forward();
      request.socket.destroy();
      return;
    case 'half': {
      const whole = await forward();
      response.writeHead(whole.status, { ...whole.headers, 'content-length': String(whole.body.byteLength) });
      response.write(whole.body.subarray(0, whole.body.byteLength >> 1), () => request.socket.destroy());
      return;
    }
    case 'twice':
      await forward();
      break;
    case undefined:
  }
  const whole = await forward();
  response.writeHead(whole.status, { ...whole.headers, 'content-length': String(whole.body.byteLength) });
  response.end(whole.body);
}

interface Forwarded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function forwarded(
  origin: string,
  agent: https.Agent,
  request: http.IncomingMessage,
  body: Buffer,
): Promise<Forwarded> {
  const { 'content-type': type, accept, 'user-agent': user } = request.headers;
  const headers = {
    ...(type !== undefined && { 'content-type': type }),
    ...(accept !== undefined && { accept }),
    ...(user !== undefined && { 'user-agent': user }),
    // Node sends the body of a DELETE without saying that there is one, unless its length is given.
    ...(body.byteLength > 0 && { 'content-length': String(body.byteLength) }),
  };
  return new Promise((resolve, reject) => {
    const asked = https.request(
      new URL(request.url ?? '/', origin),
      { method: request.method, agent, headers },
      (received) => {
        const chunks: Buffer[] = [];
        received.on('data', (chunk: Buffer) => chunks.push(chunk));
        received.on('error', reject);
        received.on('end', () => {
          const contentType = received.headers['content-type'];
          const retryAfter = received.headers['retry-after'];
          resolve({
            status: received.statusCode ?? 0,
            headers: {
              ...(contentType !== undefined && { 'content-type': contentType }),
              ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
            },
            body: Buffer.concat(chunks),
          });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

function status(response: http.ServerResponse, code: number, reason: string, headers = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(
    JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      code,
      reason,
      message: 'injected',
    }),
  );
}

function configOf(port: number): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'faulty', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'anybody', user: {} }],
    contexts: [{ name: 'faulty', context: { cluster: 'faulty', user: 'anybody' } }],
    'current-context': 'faulty',
  });
}
