/** What a sidecar says of itself on `/server_info`. */
export interface ServerInfo {
  /** Version of Istio's agent, when it was built with one. */
  readonly istio: string | undefined;
  /** `1.40.0` */
  readonly envoy: string | undefined;
  /** `LIVE`, `PRE_INITIALIZING`, `INITIALIZING`, `DRAINING`. */
  readonly state: string | undefined;
  /** Seconds since it started. */
  readonly uptime: number | undefined;
  /** What kind of proxy it is to Istio: a router serves no workload of its own. */
  readonly isGateway: boolean;
}

/** Reads the page; anything that is not as expected is undefined. */
export function readServerInfo(body: string): ServerInfo {
  const info = JSON.parse(body) as {
    readonly version?: string;
    readonly state?: string;
    readonly uptime_current_epoch?: string;
    readonly node?: { readonly id?: string; readonly metadata?: { readonly ISTIO_VERSION?: string } };
  } | null;
  // `<revision>/<version>/<clean or modified>/<build>/<TLS library>`
  const envoy = info?.version?.split('/')[1];
  const isGateway = info?.node?.id?.startsWith('router~') === true;
  const uptime = /^(\d+)s$/.exec(info?.uptime_current_epoch ?? '')?.[1];
  return {
    istio: info?.node?.metadata?.ISTIO_VERSION,
    envoy,
    state: info?.state,
    uptime: uptime === undefined ? undefined : Number(uptime),
    isGateway,
  };
}
