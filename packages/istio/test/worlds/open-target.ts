import { type ClientLimits, defaultLimits, KubeClient } from '../../src/api/client.ts';
import { openEndpoint } from '../../src/api/endpoint.ts';
import { IstioTarget } from '../../src/index.ts';

/** A target on the API server of a kubeconfig, which keeps what it remembers in the given namespace. */
export async function openTarget(
  kubeconfig: string,
  stateNamespace: string,
  limits: Partial<ClientLimits> = {},
): Promise<IstioTarget> {
  const endpoint = openEndpoint({ kubeconfig });
  const client = new KubeClient(endpoint, 'wasmcast/test', { ...defaultLimits, ...limits });
  return new IstioTarget(client, { target: 'mesh', stateNamespace, imageResource: 'WasmPlugin' });
}
