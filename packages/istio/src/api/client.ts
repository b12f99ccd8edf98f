import type { JsonValue } from '@wasmcast/core';
import { isStatus, KubeError, noAnswerError, type Request } from './api-error.ts';
import type { Endpoint } from './endpoint.ts';
import { type Kind, kinds, pathOf } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { type Call, send } from './send.ts';

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
  readonly fieldSelector?: string;
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
      return (await this.#json(reading(request, pathOf(kind, namespace, name)), signal)) as T;
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
      if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector);
      if (token !== '') query.set('continue', token);
      const path = `${pathOf(kind, options.namespace)}?${query.toString()}`;
      const accept = options.metadataOnly === true ? metadataOnly : undefined;
      const answer = (await this.#json(reading(request, path, accept), signal)) as {
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

  /**
   * Creates a named object. If an answer was lost, it is asked for once more: that it exists already (409) may then mean
   * that the first try had arrived, so who hears it looks whether what stands there is theirs.
   */
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
    const path = pathOf(kind, namespace);
    const isRepeatable = name !== undefined;
    return (await this.#json({ request, method: 'POST', path, body: object, isRepeatable }, signal)) as T;
  }

  /**
   * A JSON Patch: all operations or none. One that begins with a test is sent once more if an answer was lost: that a test
   * fails (422) may then mean that the first try had arrived.
   */
  async patch<T extends KubeObject>(
    kind: Kind,
    namespace: string,
    name: string,
    operations: readonly PatchOp[],
    signal: AbortSignal,
  ): Promise<T> {
    const request = { verb: 'patch', resource: kind.resource, namespace, name };
    const call: Call = {
      request,
      method: 'PATCH',
      path: pathOf(kind, namespace, name),
      body: operations as unknown as JsonValue,
      contentType: 'application/json-patch+json',
      isRepeatable: operations[0]?.op === 'test',
    };
    return (await this.#json(call, signal)) as T;
  }

  /**
   * Deletes; true if it was there. `preconditions` guard against deleting what somebody else put in its place; with them
   * it is asked for once more if an answer was lost, and false may then mean that the first try had arrived.
   */
  async delete(
    kind: Kind,
    namespace: string,
    name: string,
    preconditions: { readonly uid?: string; readonly resourceVersion?: string },
    signal: AbortSignal,
  ): Promise<boolean> {
    const request = { verb: 'delete', resource: kind.resource, namespace, name };
    const call: Call = {
      request,
      method: 'DELETE',
      path: pathOf(kind, namespace, name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
      isRepeatable: Object.keys(preconditions).length > 0,
    };
    try {
      await this.#json(call, signal);
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /** POST to a virtual resource such as SelfSubjectRulesReview, which stores nothing. */
  async review(path: string, resource: string, body: JsonValue, signal: AbortSignal): Promise<unknown> {
    const request = { verb: 'create', resource };
    return await this.#json({ request, method: 'POST', path, body, isRepeatable: true }, signal);
  }

  /**
   * The log of a container since a time, each line with its time in front: of what there is the first `maxBytes`. With
   * `tailLines` only the last so many lines.
   */
  async log(
    of: {
      readonly namespace: string;
      readonly name: string;
      readonly container: string;
      readonly since: Date;
      readonly maxBytes: number;
      /** Of the container before it was started again. */
      readonly previous?: boolean;
      readonly tailLines?: number;
    },
    signal: AbortSignal,
  ): Promise<string> {
    const { namespace, name, container } = of;
    const query = new URLSearchParams({
      container,
      timestamps: 'true',
      sinceTime: of.since.toISOString().replace(/\.\d+Z$/, 'Z'),
      limitBytes: String(of.maxBytes),
      ...(of.tailLines !== undefined && { tailLines: String(of.tailLines) }),
    });
    if (of.previous === true) query.set('previous', 'true');
    const request = { verb: 'get', resource: 'pods/log', namespace, name };
    const path = `${pathOf(kinds.Pod, namespace, name)}/log?${query.toString()}`;
    return await this.#send(reading(request, path, '*/*'), signal);
  }

  async #json(call: Call, signal: AbortSignal): Promise<unknown> {
    const text = await this.#send(call, signal);
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      const error = new Error('its answer is not JSON', { cause });
      throw noAnswerError(call.request, this.#endpoint.server.origin, error);
    }
  }

  async #send(call: Call, signal: AbortSignal): Promise<string> {
    const sender = { ...this.#limits, endpoint: this.#endpoint, userAgent: this.#userAgent };
    return await send(sender, call, signal);
  }
}

/** A call that changes nothing. */
function reading(request: Request, path: string, accept?: string): Call {
  return { request, method: 'GET', path, isRepeatable: true, ...(accept !== undefined && { accept }) };
}

function nameOf(object: JsonValue): string | undefined {
  const { metadata } = object as { readonly metadata?: { readonly name?: string } };
  return metadata?.name;
}
