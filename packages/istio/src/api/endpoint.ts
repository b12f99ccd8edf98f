import http, { type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { WasmcastError } from '@wasmcast/core';
import { credentialsOf } from '../kubeconfig/credentials.ts';
import { findKubeconfig } from '../kubeconfig/find-kubeconfig.ts';
import { nobody } from '../kubeconfig/kubeconfig.ts';
import type { UserCredentials } from '../kubeconfig/plain-credentials.ts';

/** An API server, and how to authenticate to it. */
export interface Endpoint {
  readonly server: URL;
  /** What every request carries: TLS material by way of the agent, and headers. Reads renewed credentials. */
  credentials(): Promise<Credentials>;
  close(): void;
}

export interface Credentials {
  readonly headers: OutgoingHttpHeaders;
  readonly agent: http.Agent;
}

/** More at a time would only queue in the API server's priority and fairness. */
const maxSockets = 32;
/** Tokens of service accounts and exec plugins live for minutes at least. */
const credentialsLifeMs = 10_000;

/**
 * Finds the API server of a context (default: the current one) in the kubeconfig that kubectl would take. Throws `WC-KUBE-010`
 * when there is none, or the context is not in it.
 */
export function openEndpoint(options: {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}): Endpoint {
  const config = findKubeconfig(options.kubeconfig);
  const name = options.context ?? config.currentContext;
  const context = config.contexts.get(name);
  const cluster = config.clusters.get(context?.cluster ?? '');
  if (context === undefined || cluster === undefined || !URL.canParse(cluster.server)) {
    const known = [...config.contexts.keys()].join(', ');
    const what = name === '' ? 'names no current context' : `has no usable context ${name}`;
    throw new WasmcastError('WC-KUBE-010', `the kubeconfig ${what}`, {
      help: known === '' ? 'it has none at all' : `it has: ${known}`,
      exit: 'invalid',
    });
  }
  const user = context.user === '' ? nobody : config.users.get(context.user);
  if (user === undefined) {
    throw new WasmcastError(
      'WC-KUBE-010',
      `context ${name} names a user that is not in the kubeconfig: ${context.user}`,
      {
        help: 'have its credentials written there anew',
        exit: 'invalid',
      },
    );
  }
  return new KubeEndpoint(new URL(cluster.server), credentialsOf(cluster, user));
}

class KubeEndpoint implements Endpoint {
  readonly server: URL;
  readonly #source: () => Promise<UserCredentials>;
  #agent: { readonly key: string; readonly agent: http.Agent } | undefined;
  #last: { readonly at: number; readonly value: Promise<Credentials> } | undefined;

  constructor(server: URL, source: () => Promise<UserCredentials>) {
    this.server = server;
    this.#source = source;
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
    try {
      const { headers, tls, agent } = await this.#source();
      return { headers, agent: agent ?? this.#agentFor(tls) };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new WasmcastError('WC-KUBE-011', `no credentials for the API server: ${why}`, {
        help: 'renew the credentials of this kubeconfig context',
        exit: 'notPermitted',
        cause,
      });
    }
  }

  #agentFor(tls: ConnectionOptions): http.Agent {
    const key = JSON.stringify(tls);
    if (this.#agent?.key === key) return this.#agent.agent;
    this.#agent?.agent.destroy();
    const pool = { keepAlive: true, maxSockets, scheduling: 'lifo' } as const;
    // Every sidecar that is read is a connection of its own: parsing the certificates for each would be 200 KB and 1 ms.
    const agent =
      this.server.protocol === 'http:'
        ? new http.Agent(pool)
        : new https.Agent({ ...pool, ...tls, secureContext: createSecureContext(tls) });
    this.#agent = { key, agent };
    return agent;
  }

  close(): void {
    this.#agent?.agent.destroy();
  }
}
