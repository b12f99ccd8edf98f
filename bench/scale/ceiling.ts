import https from 'node:https';
import type { KubeAccess, KubeObject } from '@wasmcast/testbed';

/** How a bare loop writes an object: as `kubectl apply --server-side` does, or by a create. */
export type RawWrite = 'apply' | 'create';

const concurrencies = [8, 16, 32, 64];

/** Writes objects as fast as the API server takes them: kept-alive connections, and nothing else. Gives milliseconds. */
export async function writeRaw(
  access: KubeAccess,
  objects: readonly KubeObject[],
  how: RawWrite,
  concurrency: number,
): Promise<number> {
  const { ca, certificate: cert, key } = access;
  const agent = new https.Agent({ ca, cert, key, keepAlive: true, maxSockets: concurrency });
  const bodies = objects.map((object) => ({ object, body: JSON.stringify(object) }));
  const began = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = bodies[next++]; at !== undefined; at = bodies[next++])
      await send(access.server, agent, at.object, at.body, how);
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, lane));
    return performance.now() - began;
  } finally {
    agent.destroy();
  }
}

/** How many at a time the server takes fastest, by writing the first of these objects; `reset` takes them away again. */
export async function bestConcurrency(
  access: KubeAccess,
  objects: readonly KubeObject[],
  how: RawWrite,
  reset: () => Promise<void>,
): Promise<number> {
  let best = { concurrency: 0, ms: Infinity };
  for (const concurrency of concurrencies) {
    const ms = await writeRaw(access, objects, how, concurrency);
    if (ms < best.ms) best = { concurrency, ms };
    await reset();
  }
  return best.concurrency;
}

function send(
  server: string,
  agent: https.Agent,
  object: KubeObject,
  body: string,
  how: RawWrite,
): Promise<void> {
  const { namespace = '', name } = object.metadata;
  const list = `/apis/${object.apiVersion}/namespaces/${namespace}/wasmplugins`;
  const [method, path, type] =
    how === 'create'
      ? ['POST', `${list}?fieldManager=raw`, 'application/json']
      : ['PATCH', `${list}/${name}?fieldManager=raw&force=true`, 'application/apply-patch+yaml'];
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = https.request(new URL(path, server), { method, agent, headers }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode < 300) resolve();
        else reject(new Error(`${method} ${path}: ${statusCode}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
