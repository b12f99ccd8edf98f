/** What a sidecar says of itself on `/server_info`. */
export interface ServerInfo {
  /** Version of Istio's agent, when it was built with one. */
  readonly istio: string | undefined;
  /** `1.40.0` */
  readonly envoy: string | undefined;
  /** `LIVE`, `PRE_INITIALIZING`, `INITIALIZING`, `DRAINING`. */
  readonly state: string | undefined;
}

/** Reads the page; anything that is not as expected is undefined. */
export function readServerInfo(body: string): ServerInfo {
  const info = JSON.parse(body) as {
    readonly version?: string;
    readonly state?: string;
    readonly node?: { readonly metadata?: { readonly ISTIO_VERSION?: string } };
  } | null;
  // `<revision>/<version>/<clean or modified>/<build>/<TLS library>`
  const envoy = info?.version?.split('/')[1];
  return { istio: info?.node?.metadata?.ISTIO_VERSION, envoy, state: info?.state };
}
