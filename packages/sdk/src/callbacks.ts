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

/** What AssemblyScript's library imports from a browser and no proxy has, and what to use instead. */
export const browserImports: readonly { readonly pattern: RegExp; readonly advice: string }[] = [
  { pattern: /^console\./, advice: 'console writes to a browser: use log.info, log.warn and so on' },
  { pattern: /^Date\./, advice: 'Date asks a browser for the time: use nowMilliseconds()' },
  {
    pattern: /^(seed|crypto\.)/,
    advice: 'Math.random is seeded by a browser, and no proxy gives a seed: derive it from nowNanoseconds()',
  },
  {
    pattern: /^(trace|process\.|performance\.)/,
    advice: 'trace, process and performance need a host that no proxy is: use log and nowNanoseconds()',
  },
];
