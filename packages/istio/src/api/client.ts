import type { JsonValue } from '@wasmcast/core';
import { isStatus, noAnswerError } from './api-error.ts';
import type { Endpoint } from './endpoint.ts';
import { type Kind, pathOf } from './kinds.ts';
import { type Listed, type ListLimits, type ListOptions, readList } from './list.ts';
import type { KubeObject } from './objects.ts';
import { logCall, type LogQuery } from './pod-log.ts';
import { type Call, reading, send } from './send.ts';

/** Bounds of every request. */
export interface ClientLimits extends ListLimits {
  /** Milliseconds for one try of one request, from the first byte sent to the last byte read. */
  readonly requestMs: number;
  /** Bytes of one answer. */
  readonly answerBytes: number;
}

/** What is enough for a large cluster, and still an end. */
export const defaultLimits: ClientLimits = {
  requestMs: 30_000,
  answerBytes: 64 * 1024 * 1024,
  pages: 800,
  pageSize: 500,
};

/** One operation of a JSON Patch (RFC 6902). */
export interface PatchOp {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: JsonValue;
}

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
    return await readList<T>((call, parse) => this.#read(call, parse, signal), kind, options, this.#limits);
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

  /** The log of a container, as {@link LogQuery} says. */
  async log(of: LogQuery, signal: AbortSignal): Promise<string> {
    return (await this.#send(logCall(of), signal)).toString();
  }

  async #json(call: Call, signal: AbortSignal): Promise<unknown> {
    return await this.#read(call, parseJson, signal);
  }

  async #read<T>(call: Call, parse: (body: Buffer) => T, signal: AbortSignal): Promise<T> {
    const body = await this.#send(call, signal);
    try {
      return parse(body);
    } catch (cause) {
      const error = new Error('its answer cannot be read', { cause });
      throw noAnswerError(call.request, this.#endpoint.server.origin, error);
    }
  }

  async #send(call: Call, signal: AbortSignal): Promise<Buffer> {
    const sender = { ...this.#limits, endpoint: this.#endpoint, userAgent: this.#userAgent };
    return await send(sender, call, signal);
  }
}

function parseJson(body: Buffer): unknown {
  return JSON.parse(body.toString());
}

function nameOf(object: JsonValue): string | undefined {
  const { metadata } = object as { readonly metadata?: { readonly name?: string } };
  return metadata?.name;
}
