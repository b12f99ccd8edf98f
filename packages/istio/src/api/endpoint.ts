import http from 'node:http';
import https from 'node:https';
import type tls from 'node:tls';
import { WasmcastError } from '@wasmcast/core';

/** An API server, and how to authenticate to it. */
export interface Endpoint {
  readonly server: URL;
  /** What every request carries: TLS material by way of the agent, and headers. Reads renewed credentials. */
  credentials(): Promise<Credentials>;
  close(): void;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: http.Agent;
  /** For connections that are upgraded: those do not go through the agent's pool. */
  readonly tls: tls.ConnectionOptions;
}

/** More at a time would only queue in the API server's priority and fairness. */
const maxSockets = 32;
/** Tokens of service accounts and exec plugins live for minutes at least. */
const credentialsLifeMs = 10_000;
/** The client's context when it has found no kubeconfig and no service account: http://localhost:8080, which nobody named. */
const foundNothing = 'loaded-context';

/**
 * Reads a kubeconfig as kubectl does (`kubeconfig`, else KUBECONFIG, else ~/.kube/config, else the pod's own service
 * account). Throws `WC-KUBE-010` when there is none or the context is not in it.
 */
export async function openEndpoint(options: {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}): Promise<Endpoint> {
  // Loading the client takes as long as all the rest of a command, so only commands that need it do.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
  } catch (cause) {
    throw new WasmcastError('WC-KUBE-010', `the kubeconfig cannot be read: ${messageOf(cause)}`, {
      help: 'name it with --kubeconfig or in KUBECONFIG',
      exit: 'invalid',
      cause,
    });
  }
  if (options.kubeconfig === undefined && config.getCurrentContext() === foundNothing) {
    throw new WasmcastError('WC-KUBE-010', 'there is no kubeconfig: none in KUBECONFIG, no ~/.kube/config', {
      help: 'name it with --kubeconfig or in KUBECONFIG',
      exit: 'invalid',
    });
  }
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null || !URL.canParse(cluster.server)) {
    const known = config.contexts.map((context) => context.name).join(', ');
    throw new WasmcastError(
      'WC-KUBE-010',
      `the kubeconfig has no usable context ${options.context ?? config.getCurrentContext()}`,
      { help: known === '' ? 'it has none at all' : `it has: ${known}`, exit: 'invalid' },
    );
  }
  const server = new URL(cluster.server);
  const user = config.getCurrentUser();
  if (server.protocol === 'http:' && user !== null) {
    // The library takes plain HTTP (kubectl proxy) only with this flag, which means nothing without TLS.
    config.loadFromClusterAndUser({ ...cluster, skipTLSVerify: true }, user);
  }
  return new KubeConfigEndpoint(server, config, cluster.proxyUrl !== undefined);
}

interface Authenticator {
  applyToHTTPSOptions(options: https.RequestOptions): Promise<void>;
}

class KubeConfigEndpoint implements Endpoint {
  readonly server: URL;
  readonly #config: Authenticator;
  readonly #proxied: boolean;
  #agent: { readonly key: string; readonly agent: http.Agent } | undefined;
  #last: { readonly at: number; readonly value: Promise<Credentials> } | undefined;

  constructor(server: URL, config: Authenticator, proxied: boolean) {
    this.server = server;
    this.#config = config;
    this.#proxied = proxied;
  }

  credentials(): Promise<Credentials> {
    const now = performance.now();
    if (this.#last === undefined || now - this.#last.at > credentialsLifeMs) {
      const value = this.#read();
      this.#last = { at: now, value };
      value.catch(() => {
        this.#last = undefined;
      });
    }
    return this.#last.value;
  }

  async #read(): Promise<Credentials> {
    const options: https.RequestOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (cause) {
      throw new WasmcastError('WC-KUBE-011', `no credentials for the API server: ${messageOf(cause)}`, {
        help: 'renew the credentials of this kubeconfig context',
        exit: 'notPermitted',
        cause,
      });
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value);
    if (typeof options.auth === 'string')
      headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    const tls = pickTls(options);
    return { headers, agent: this.#agentFor(tls, options.agent), tls };
  }

  #agentFor(tls: tls.ConnectionOptions, proxyAgent: unknown): http.Agent {
    if (this.#proxied && proxyAgent instanceof http.Agent) return proxyAgent;
    const key = JSON.stringify(tls, (_, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('base64') : value,
    );
    if (this.#agent?.key === key) return this.#agent.agent;
    this.#agent?.agent.destroy();
    const pool = { keepAlive: true, maxSockets, scheduling: 'lifo' } as const;
    const agent =
      this.server.protocol === 'http:' ? new http.Agent(pool) : new https.Agent({ ...pool, ...tls });
    this.#agent = { key, agent };
    return agent;
  }

  close(): void {
    this.#agent?.agent.destroy();
  }
}

function pickTls(options: https.RequestOptions): tls.ConnectionOptions {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const all = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
