import { Agent, request } from 'node:https';
import { WasmcastError } from '@wasmcast/core';

/** Any Kubernetes object. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** How to reach an API server; certificates and key are PEM. */
export interface KubeAccess {
  readonly server: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** What a request is sent with. */
interface Sending {
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/**
 * As much of a Kubernetes client as starting a cluster needs: requests, server-side apply, watch. Small on purpose: the
 * tests' own client is what they test.
 */
export class KubeClient implements Disposable {
  readonly #access: KubeAccess;
  readonly #agent: Agent;
  readonly #resources = new Map<string, readonly ApiResource[]>();

  constructor(access: KubeAccess) {
    this.#access = access;
    const { ca, certificate: cert, key } = access;
    this.#agent = new Agent({ ca, cert, key, keepAlive: true, maxSockets: 8 });
  }

  /**
   * One request; gives the parsed answer, or text where it is not JSON.
   *
   * @throws WasmcastError WC-BED-012 for an answer of 400 or more.
   */
  async request(method: string, path: string, body?: unknown, options: Sending = {}): Promise<unknown> {
    const chunks: Buffer[] = [];
    const { status, type } = await this.#send(method, path, body, options, (chunk) => chunks.push(chunk));
    const text = Buffer.concat(chunks).toString();
    if (status >= 400) {
      throw new WasmcastError('WC-BED-012', `${method} ${path}: ${status} ${text.slice(0, 2000)}`);
    }
    return type.startsWith('application/json') ? JSON.parse(text) : text;
  }

  /** Server-side apply, taking over fields of others. */
  async apply(object: KubeObject, signal?: AbortSignal): Promise<KubeObject> {
    const path = await this.path(object);
    const options = { contentType: 'application/apply-patch+yaml', signal };
    return (await this.request(
      'PATCH',
      `${path}?fieldManager=testbed&force=true`,
      object,
      options,
    )) as KubeObject;
  }

  /** Deletes an object; one that is not there is fine. Does not wait until it is gone. */
  async delete(object: KubeObject, signal?: AbortSignal): Promise<void> {
    const body = { propagationPolicy: 'Background' };
    const path = await this.path(object);
    const { status } = await this.#send('DELETE', path, body, { signal }, () => undefined);
    if (status >= 400 && status !== 404) throw new WasmcastError('WC-BED-012', `DELETE ${path}: ${status}`);
  }

  /** The path of an object, asking the server once for each group which resources it has. */
  async path(object: KubeObject): Promise<string> {
    const base = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
    const found = (await this.#discover(base)).find(
      (one) => one.kind === object.kind && !one.name.includes('/'),
    );
    if (!found)
      throw new WasmcastError('WC-BED-012', `the server has no ${object.apiVersion} ${object.kind}`);
    const namespace = found.namespaced ? `/namespaces/${object.metadata.namespace ?? 'default'}` : '';
    return `${base}${namespace}/${found.name}/${object.metadata.name}`;
  }

  /** Every event of a watch until `signal` is aborted or the server ends it. */
  async watch(
    path: string,
    signal: AbortSignal,
    onEvent: (type: string, object: KubeObject) => void,
  ): Promise<void> {
    let rest = '';
    const { status } = await this.#send('GET', path, undefined, { signal }, (chunk) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = JSON.parse(line) as { readonly type: string; readonly object: KubeObject };
        onEvent(event.type, event.object);
      }
    });
    if (status >= 400) throw new WasmcastError('WC-BED-012', `watch of ${path}: ${status} ${rest}`);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #discover(base: string): Promise<readonly ApiResource[]> {
    const known = this.#resources.get(base);
    if (known) return known;
    const { resources } = (await this.request('GET', base)) as { readonly resources: readonly ApiResource[] };
    this.#resources.set(base, resources);
    return resources;
  }

  #send(
    method: string,
    path: string,
    body: unknown,
    options: Sending,
    onData: (chunk: Buffer) => void,
  ): Promise<{ readonly status: number; readonly type: string }> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      'user-agent': 'wasmcast-testbed',
      accept: options.accept ?? 'application/json',
      // Node sends the body of a DELETE without saying that there is one, unless its length is given.
      ...(text === undefined
        ? {}
        : {
            'content-type': options.contentType ?? 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(
        new URL(path, this.#access.server),
        { method, headers, agent: this.#agent, signal: options.signal },
        (answer) => {
          answer.on('data', onData);
          answer.on('error', reject);
          const { statusCode: status = 0, headers: received } = answer;
          answer.on('end', () => resolve({ status, type: received['content-type'] ?? '' }));
        },
      );
      asked.on('error', reject);
      asked.end(text);
    });
  }
}
