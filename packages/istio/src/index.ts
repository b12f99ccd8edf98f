import { readFileSync } from 'node:fs';
import type { TargetSpec } from '@wasmcast/core';
import { KubeClient } from './api/client.ts';
import { openEndpoint } from './api/endpoint.ts';
import { IstioTarget } from './target.ts';

export { KubeError } from './api/api-error.ts';
export { type ClientLimits, defaultLimits } from './api/client.ts';
export { IstioTarget } from './target.ts';

/** How to reach the cluster of a target. */
export interface ConnectOptions {
  /** Path of a kubeconfig; undefined: as kubectl finds one. */
  readonly kubeconfig?: string | undefined;
  /** Context instead of the one that the manifest names. */
  readonly contextOverride?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Opens a mesh as a target. Reads the kubeconfig, sends nothing yet. Throws `WC-KUBE-010` when there is no usable
 * kubeconfig or context.
 */
export async function connectIstio(
  spec: Extract<TargetSpec, { kind: 'istio' }>,
  options: ConnectOptions,
): Promise<IstioTarget> {
  options.signal.throwIfAborted();
  const endpoint = openEndpoint({
    kubeconfig: options.kubeconfig,
    context: options.contextOverride ?? spec.context,
  });
  return new IstioTarget(new KubeClient(endpoint, userAgent()), {
    target: spec.name,
    stateNamespace: spec.stateNamespace,
    imageResource: spec.imageResource,
  });
}

function userAgent(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return `wasmcast/${(JSON.parse(file) as { version: string }).version}`;
}
