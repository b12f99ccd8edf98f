import { Authorizer } from '../auth/authorizer.ts';
import { scopesOf } from '../auth/scopes.ts';
import type { Access } from '../auth/scopes.ts';
import { dockerCredentials } from '../auth/docker-config.ts';
import type { BlobCache } from '../cache/blob-cache.ts';
import { OciError, isOciError } from '../errors.ts';
import { defaultLimits } from '../limits.ts';
import type { OciLimits } from '../limits.ts';
import type { OciEvent, OciOptions } from '../options.ts';
import { apiHost, hostname } from '../reference/reference.ts';
import type { ImageReference } from '../reference/reference.ts';
import { isLoopbackName } from '../transport/addresses.ts';
import { discardBody, readBody } from '../transport/body.ts';
import { systemResolver } from '../transport/dialer.ts';
import { proxyRules } from '../transport/proxy-rules.ts';
import { isRedirect, redirectTarget } from '../transport/redirect.ts';
import { registryError } from '../transport/registry-errors.ts';
import { retrying } from '../transport/retry.ts';
import { tlsFor } from '../transport/tls.ts';
import { Transport, displayUrl } from '../transport/transport.ts';
import type { BodyPart, HopRequest, HopResponse } from '../transport/transport.ts';

/** A request to the registry itself. `target` is a path below `/v2/<repository>/`, or an address of the registry that was checked. */
export interface RegistryRequest {
  readonly method: HopRequest['method'];
  readonly target: string | URL;
  /** What is being done, for messages: `cannot pull the manifest of …`. */
  readonly what: string;
  /** The statuses that are an answer; all others are errors. */
  readonly expect: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | BodyPart;
  readonly onSent?: (bytes: number) => void;
  /** Only for downloads of blobs. */
  readonly followRedirects?: boolean;
  /** A second sending can do no harm: the request is retried. */
  readonly idempotent: boolean;
  readonly deadlineMs?: number;
}

/** How a registry lets somebody in. */
export interface RegistryAccess {
  /** It asked who we are, and we said it. */
  readonly credentials: boolean;
  /** The realms that it named: where tokens come from, or what a password is for. */
  readonly realms: readonly string[];
}

/** A conversation with one registry about one repository: authentication, retries, redirects. Dispose it to close its connections. */
export class RegistrySession implements AsyncDisposable {
  readonly limits: OciLimits;
  readonly signal: AbortSignal | undefined;
  readonly blobCache: BlobCache | undefined;
  readonly manifestCache: BlobCache | undefined;
  readonly #reference: Pick<ImageReference, 'registry' | 'repository'>;
  readonly #transport: Transport;
  readonly #authorizer: Authorizer;
  readonly #onProgress: ((event: OciEvent) => void) | undefined;
  readonly #mayBePlain: boolean;
  #base: URL;

  /** `mountFrom` names other repositories of the registry that shall be readable too. */
  constructor(
    reference: Pick<ImageReference, 'registry' | 'repository'>,
    access: Access,
    options: OciOptions,
    mountFrom: readonly string[] = [],
  ) {
    const { registry, repository } = reference;
    this.limits = { ...defaultLimits, ...options.limits };
    this.signal = options.signal;
    this.blobCache = options.blobCache;
    this.manifestCache = options.manifestCache;
    this.#reference = reference;
    this.#onProgress = options.onProgress;
    this.#transport = new Transport({
      limits: this.limits,
      resolver: options.resolver ?? systemResolver,
      proxy: options.proxy ?? proxyRules(process.env),
      tls: tlsFor(registry, options),
    });
    const resolve = options.credentials ?? dockerCredentials({ timeoutMs: this.limits.credentialHelperMs });
    this.#authorizer = new Authorizer({
      scopes: scopesOf(repository, access, mountFrom),
      credentials: () => resolve(registry, repository, options.signal),
      tokenServers: options.tokenServers ?? [],
      limits: this.limits,
      signal: options.signal,
      send: (request) => this.#transport.send(request),
    });
    const insecure = options.insecureRegistries ?? [];
    this.#mayBePlain =
      isLoopbackName(hostname(registry)) ||
      insecure.includes(registry) ||
      insecure.includes(hostname(registry));
    this.#base = new URL(`https://${apiHost(registry)}/v2/${repository}/`);
  }

  /** The origin of the registry as it is spoken to. */
  get base(): URL {
    return this.#base;
  }

  /** How the registry has let us in so far. */
  get access(): RegistryAccess {
    const { realms, credentials } = this.#authorizer;
    return { credentials, realms };
  }

  emit(event: OciEvent): void {
    this.#onProgress?.(event);
  }

  /**
   * Sends a request and hands the answer to `consume`, which must read its body or leave it to be thrown away. With
   * `idempotent` both are tried again after transient failures, so `consume` may run more than once.
   */
  async call<T>(request: RegistryRequest, consume: (response: HopResponse) => Promise<T> | T): Promise<T> {
    const attempt = async (): Promise<T> => {
      const response = await this.open(request);
      try {
        return await consume(response);
      } finally {
        await discardBody(response, this.limits.errorBytes);
      }
    };
    return request.idempotent ? this.retrying(attempt) : attempt();
  }

  /** Sends a request once; the body of the answer, which has one of the expected statuses, must be read or destroyed. */
  async open(request: RegistryRequest): Promise<HopResponse> {
    const response = await this.#exchange(request);
    if (request.expect.includes(response.status)) return response;
    try {
      throw await this.#failure(response, request.what);
    } finally {
      await discardBody(response, this.limits.errorBytes);
    }
  }

  /** Runs what may be done twice again after transient failures, within the limits. */
  retrying<T>(attempt: () => Promise<T>): Promise<T> {
    return retrying(attempt, {
      limits: this.limits,
      signal: this.signal,
      onRetry: (error, count, delayMs) =>
        this.emit({ kind: 'retry', attempt: count, delayMs, code: error.code, message: error.message }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  async #exchange(request: RegistryRequest): Promise<HopResponse> {
    let response = await this.#hop(request);
    if (response.status === 401) {
      const offered = response.headers['www-authenticate'] ?? [];
      const body = await readBody(response, this.limits.errorBytes, this.signal);
      const challenges = typeof offered === 'string' ? [offered] : offered;
      if (!(await this.#authorizer.challenged(this.#base, challenges))) {
        throw registryError(response, body, request.what);
      }
      response = await this.#hop(request);
    }
    return request.followRedirects === true ? this.#follow(request, response) : response;
  }

  /** To the registry's own origin, with its credentials. */
  async #hop(request: RegistryRequest): Promise<HopResponse> {
    const { header } = this.#authorizer;
    const send = (): Promise<HopResponse> =>
      this.#transport.send({
        method: request.method,
        url: this.#url(request.target),
        role: 'registry',
        headers: { ...request.headers, ...(header === undefined ? {} : { authorization: header }) },
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(request.onSent === undefined ? {} : { onSent: request.onSent }),
        deadlineMs: request.deadlineMs ?? this.limits.requestMs,
        signal: this.signal,
      });
    try {
      return await send();
    } catch (error) {
      // TLS is tried first even where plain HTTP is allowed, and given up only for a server that does not speak it.
      if (!this.#mayBePlain || this.#base.protocol === 'http:' || !isOciError(error, 'plainHttp'))
        throw error;
      this.#base = new URL(this.#base.href.replace(/^https:/, 'http:'));
      return send();
    }
  }

  #url(target: string | URL): URL {
    const url = new URL(target, this.#base);
    if (url.origin !== this.#base.origin)
      throw new OciError('uploadLocation', `${displayUrl(url)} is not at the registry`);
    return url;
  }

  /** Redirects of downloads: without credentials as soon as the origin is another one, and never with them again. */
  async #follow(request: RegistryRequest, first: HopResponse): Promise<HopResponse> {
    let response = first;
    let url = this.#url(request.target);
    let left = false;
    for (let hops = 0; isRedirect(response.status); hops += 1) {
      if (hops === this.limits.redirects) {
        throw new OciError('redirect', `${displayUrl(url)}: more than ${this.limits.redirects} redirects`);
      }
      const target = redirectTarget(url, response);
      await discardBody(response, this.limits.errorBytes);
      left ||= target.origin !== this.#base.origin;
      const { header } = this.#authorizer;
      response = await this.#transport.send({
        method: 'GET',
        url: target,
        role: left ? 'elsewhere' : 'registry',
        headers: { ...request.headers, ...(left || header === undefined ? {} : { authorization: header }) },
        deadlineMs: request.deadlineMs ?? this.limits.requestMs,
        signal: this.signal,
      });
      url = target;
    }
    return response;
  }

  async #failure(response: HopResponse, what: string): Promise<OciError> {
    if (isRedirect(response.status)) {
      const target = redirectTarget(this.#base, response);
      return new OciError(
        'redirect',
        `${what}: the registry redirects to ${displayUrl(target)}, which is not followed here`,
      );
    }
    const body = await readBody(response, this.limits.errorBytes, this.signal);
    const error = registryError(response, body, what);
    const { registry, repository } = this.#reference;
    // An answer from the storage behind a redirect says nothing about the user's rights at the registry.
    return error.kind === 'unauthorized' && !response.place.startsWith(this.#base.origin)
      ? new OciError(
          'denied',
          `${what}: the storage of ${registry}/${repository} answered ${response.status}`,
        )
      : error;
  }
}
