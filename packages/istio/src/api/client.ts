import { setTimeout as delay } from 'node:timers/promises';
import type { JsonValue } from '@wasmcast/core';
import { answerError, isStatus, KubeError, noAnswerError, type Request } from './api-error.ts';
import type { Endpoint } from './endpoint.ts';
import { type Answer, exchange } from './exchange.ts';
import { type Kind, kinds, pathOf } from './kinds.ts';
import type { KubeObject } from './objects.ts';

/** Bounds of every request. */
export interface ClientLimits {
  /** Milliseconds for one try of one request, from the first byte sent to the last byte read. */
  readonly requestMs: number;
  /** Bytes of one answer. */
  readonly answerBytes: number;
  /** Pages of one list. */
  readonly pages: number;
  readonly pageSize: number;
}

export const defaultLimits: ClientLimits = {
  requestMs: 30_000,
  answerBytes: 64 * 1024 * 1024,
  pages: 200,
  pageSize: 500,
};

export interface ListOptions {
  /** Undefined: the whole cluster. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  /** Metadata only: what is inside stays where it is. */
  readonly metadataOnly?: boolean;
  /** Read no further than the first page when more objects than this are left on the server. */
  readonly atMost?: number;
}

/** What a list gave. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** False when `atMost` was exceeded and only the first page was read. */
  readonly complete: boolean;
}

/** One operation of a JSON Patch (RFC 6902). */
export interface PatchOp {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: JsonValue;
}

const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
const maxTries = 4;
const maxRetryAfterMs = 10_000;

/** A small client of the API server: few requests, each bounded in time and size, errors that say what was asked. */
export class KubeClient {
  readonly #endpoint: Endpoint;
  readonly #userAgent: string;
  readonly #limits: ClientLimits;

  constructor(endpoint: Endpoint, userAgent: string, limits: ClientLimits = defaultLimits) {
    this.#endpoint = endpoint;
    this.#userAgent = userAgent;
    this.#limits = limits;
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  get userAgent(): string {
    return this.#userAgent;
  }

  /** The object; undefined if there is none. */
  async get<T extends KubeObject>(
    kind: Kind,
    namespace: string | undefined,
    name: string,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const request = {
      verb: 'get',
      resource: kind.resource,
      name,
      ...(namespace !== undefined && { namespace }),
    };
    try {
      return (await this.#json(request, 'GET', pathOf(kind, namespace, name), signal)) as T;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Every object of a kind. */
  async list<T extends KubeObject>(
    kind: Kind,
    options: ListOptions,
    signal: AbortSignal,
  ): Promise<Listed<T>> {
    const { namespace } = options;
    const request = { verb: 'list', resource: kind.resource, ...(namespace !== undefined && { namespace }) };
    for (let attempt = 0; ; attempt++) {
      try {
        const { items, complete } = await this.#pages(request, kind, options, signal);
        return { items: items as readonly T[], complete };
      } catch (error) {
        // 410: the continue token is older than what the server keeps; the list begins again.
        if (!isStatus(error, 410) || attempt >= 2) throw error;
      }
    }
  }

  async #pages(
    request: Request,
    kind: Kind,
    options: ListOptions,
    signal: AbortSignal,
  ): Promise<Listed<KubeObject>> {
    const items: KubeObject[] = [];
    let token = '';
    for (let page = 0; page < this.#limits.pages; page++) {
      const query = new URLSearchParams({ limit: String(this.#limits.pageSize) });
      if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
      if (token !== '') query.set('continue', token);
      const answer = (await this.#json(
        request,
        'GET',
        `${pathOf(kind, options.namespace)}?${query.toString()}`,
        signal,
        {
          ...(options.metadataOnly === true && { accept: metadataOnly }),
        },
      )) as {
        readonly items?: readonly KubeObject[];
        readonly metadata?: { readonly continue?: string; readonly remainingItemCount?: number };
      };
      items.push(...(answer.items ?? []));
      token = answer.metadata?.continue ?? '';
      if (token === '') return { items, complete: true };
      const left = answer.metadata?.remainingItemCount;
      if (options.atMost !== undefined && (left ?? Infinity) > options.atMost)
        return { items, complete: false };
    }
    throw new KubeError(
      'WC-KUBE-009',
      `there are more than ${this.#limits.pages * this.#limits.pageSize} ${kind.resource}`,
      { status: 0 },
      { help: 'give the bindings narrower namespaces' },
    );
  }

  async create<T extends KubeObject>(
    kind: Kind,
    namespace: string,
    object: JsonValue,
    signal: AbortSignal,
  ): Promise<T> {
    const name = nameOf(object);
    const request = {
      verb: 'create',
      resource: kind.resource,
      namespace,
      ...(name !== undefined && { name }),
    };
    return (await this.#json(request, 'POST', pathOf(kind, namespace), signal, { body: object })) as T;
  }

  /** A JSON Patch: all operations or none. */
  async patch<T extends KubeObject>(
    kind: Kind,
    namespace: string,
    name: string,
    operations: readonly PatchOp[],
    signal: AbortSignal,
  ): Promise<T> {
    const request = { verb: 'patch', resource: kind.resource, namespace, name };
    return (await this.#json(request, 'PATCH', pathOf(kind, namespace, name), signal, {
      body: operations as unknown as JsonValue,
      contentType: 'application/json-patch+json',
    })) as T;
  }

  /** Deletes; true if it was there. `preconditions` guard against deleting what somebody else put in its place. */
  async delete(
    kind: Kind,
    namespace: string,
    name: string,
    preconditions: { readonly uid?: string; readonly resourceVersion?: string },
    signal: AbortSignal,
  ): Promise<boolean> {
    const request = { verb: 'delete', resource: kind.resource, namespace, name };
    try {
      await this.#json(request, 'DELETE', pathOf(kind, namespace, name), signal, {
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
      });
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /** POST to a virtual resource such as SelfSubjectRulesReview, which stores nothing. */
  async review(path: string, resource: string, body: JsonValue, signal: AbortSignal): Promise<unknown> {
    return await this.#json({ verb: 'create', resource }, 'POST', path, signal, { body });
  }

  /** The log of a container since a time, each line with its time in front. */
  async log(
    of: {
      readonly namespace: string;
      readonly name: string;
      readonly container: string;
      readonly since: Date;
      readonly maxBytes: number;
    },
    signal: AbortSignal,
  ): Promise<string> {
    const { namespace, name, container } = of;
    const query = new URLSearchParams({
      container,
      timestamps: 'true',
      sinceTime: of.since.toISOString().replace(/\.\d+Z$/, 'Z'),
      limitBytes: String(of.maxBytes),
    });
    const request = { verb: 'get', resource: 'pods/log', namespace, name };
    const path = `${pathOf(kinds.Pod, namespace, name)}/log?${query.toString()}`;
    return await this.#send(request, 'GET', path, signal, { accept: '*/*' });
  }

  async #json(
    request: Request,
    method: string,
    path: string,
    signal: AbortSignal,
    options: { readonly body?: JsonValue; readonly contentType?: string; readonly accept?: string } = {},
  ): Promise<unknown> {
    const text = await this.#send(request, method, path, signal, options);
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw noAnswerError(
        request,
        this.#endpoint.server.origin,
        new Error('its answer is not JSON', { cause }),
      );
    }
  }

  async #send(
    request: Request,
    method: string,
    path: string,
    signal: AbortSignal,
    options: { readonly body?: JsonValue; readonly contentType?: string; readonly accept?: string },
  ): Promise<string> {
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.#limits.requestMs)]);
      let answer: Answer;
      try {
        const { headers, agent } = await this.#endpoint.credentials();
        answer = await exchange(
          new URL(this.#endpoint.server.pathname.replace(/\/$/, '') + path, this.#endpoint.server),
          {
            method,
            agent,
            signal: deadline,
            headers: {
              ...headers,
              'user-agent': this.#userAgent,
              accept: options.accept ?? 'application/json',
              ...(body && {
                'content-type': options.contentType ?? 'application/json',
                'content-length': String(body.byteLength),
              }),
            },
          },
          body,
          this.#limits.answerBytes,
        );
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof KubeError) throw cause;
        if (isWasmcastError(cause)) throw cause;
        // A kept-alive connection that the server closed just then; reads lose nothing by a second try.
        if (method === 'GET' && attempt === 1 && hasCode(cause, 'ECONNRESET', 'EPIPE')) continue;
        const reason = deadline.aborted
          ? new Error(`no answer in ${this.#limits.requestMs / 1000} s`)
          : cause;
        throw noAnswerError(request, this.#endpoint.server.origin, reason);
      }
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      const again = answer.status === 429 || (method === 'GET' && answer.status === 503);
      if (!again || attempt >= maxTries) throw answerError(request, answer.status, answer.body);
      await delay(Math.min(answer.retryAfterMs ?? 250 * 2 ** attempt, maxRetryAfterMs), undefined, {
        signal,
      });
    }
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

function isWasmcastError(error: unknown): boolean {
  return error instanceof Error && error.name === 'WasmcastError';
}

function nameOf(object: JsonValue): string | undefined {
  const { metadata } = object as { readonly metadata?: { readonly name?: string } };
  return metadata?.name;
}
