/** A callback of the host, and the methods of a filter that want it. */
export interface Callback {
  readonly exportName: string;
  readonly plugin?: string;
  readonly filter?: string;
}

/** Exported by every filter: the ABI demands them, or streams would leak without them. */
export const alwaysExported: ReadonlySet<string> = new Set([
  'proxy_abi_version_0_2_1',
  'proxy_on_memory_allocate',
  'proxy_on_context_create',
  'proxy_on_configure',
  'proxy_on_delete',
]);

/** Exported when a class of the filter overrides the method: each exported callback costs a crossing per stream. */
export const callbacks: readonly Callback[] = [
  { exportName: 'proxy_on_vm_start', plugin: 'onVmStart' },
  { exportName: 'proxy_on_tick', plugin: 'onTick' },
  { exportName: 'proxy_on_done', plugin: 'onDone', filter: 'onDone' },
  { exportName: 'proxy_on_request_headers', filter: 'onRequestHeaders' },
  { exportName: 'proxy_on_request_body', filter: 'onRequestBody' },
  { exportName: 'proxy_on_request_trailers', filter: 'onRequestTrailers' },
  { exportName: 'proxy_on_response_headers', filter: 'onResponseHeaders' },
  { exportName: 'proxy_on_response_body', filter: 'onResponseBody' },
  { exportName: 'proxy_on_response_trailers', filter: 'onResponseTrailers' },
  { exportName: 'proxy_on_log', filter: 'onLog' },
];

/** The methods that can be overridden, of a filter and of a plugin. */
export const filterMethods: readonly string[] = callbacks.flatMap((c) => c.filter ?? []);
export const pluginMethods: readonly string[] = [...callbacks.flatMap((c) => c.plugin ?? []), 'onConfigure'];
