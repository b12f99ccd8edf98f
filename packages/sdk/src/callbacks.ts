/** The classes of the SDK that filters extend, with their file. */
export const bases = {
  plugin: 'plugin/Plugin',
  http: 'http-filter/HttpFilter',
  tcp: 'tcp-filter/TcpFilter',
  httpCall: 'http-call/HttpCall',
  grpcCall: 'grpc/call/GrpcCall',
  grpcStream: 'grpc/stream/GrpcStream',
} as const;

export type Base = keyof typeof bases;

/** A callback of the host, and the methods that want it. */
export interface Callback {
  readonly exportName: string;
  /** By the class whose method is overridden. */
  readonly methods: Readonly<Partial<Record<Base, readonly string[]>>>;
}

/** Exported by every filter, beside the marker of the ABI: it demands them, or streams would leak without them. */
export const alwaysExported: ReadonlySet<string> = new Set([
  'proxy_on_memory_allocate',
  'proxy_on_context_create',
  'proxy_on_configure',
  'proxy_on_delete',
]);

/** Exported when a class of the filter overrides the method: each exported callback costs a crossing per stream. */
export const callbacks: readonly Callback[] = [
  on('proxy_on_vm_start', { plugin: ['onVmStart'] }),
  on('proxy_on_tick', { plugin: ['onTick'] }),
  on('proxy_on_queue_ready', { plugin: ['onQueueReady'] }),
  on('proxy_on_foreign_function', { plugin: ['onForeignFunction'] }),
  on('proxy_on_done', { plugin: ['onDone'], http: ['onDone'], tcp: ['onDone'] }),
  on('proxy_on_log', { http: ['onLog'], tcp: ['onLog'] }),
  on('proxy_on_request_headers', { http: ['onRequestHeaders'] }),
  on('proxy_on_request_body', { http: ['onRequestBody'] }),
  on('proxy_on_request_trailers', { http: ['onRequestTrailers'] }),
  on('proxy_on_response_headers', { http: ['onResponseHeaders'] }),
  on('proxy_on_response_body', { http: ['onResponseBody'] }),
  on('proxy_on_response_trailers', { http: ['onResponseTrailers'] }),
  on('proxy_on_new_connection', { tcp: ['onNewConnection'] }),
  on('proxy_on_downstream_data', { tcp: ['onDownstreamData'] }),
  on('proxy_on_upstream_data', { tcp: ['onUpstreamData'] }),
  on('proxy_on_downstream_connection_close', { tcp: ['onDownstreamClose'] }),
  on('proxy_on_upstream_connection_close', { tcp: ['onUpstreamClose'] }),
  on('proxy_on_http_call_response', { httpCall: ['onResponse', 'onFailure'] }),
  on('proxy_on_grpc_receive_initial_metadata', { grpcStream: ['onInitialMetadata'] }),
  on('proxy_on_grpc_receive', { grpcCall: ['onResponse'], grpcStream: ['onMessage'] }),
  on('proxy_on_grpc_receive_trailing_metadata', { grpcStream: ['onTrailingMetadata'] }),
  // Also when only messages are wanted: what is over must be forgotten.
  on('proxy_on_grpc_close', {
    grpcCall: ['onClose', 'onResponse'],
    grpcStream: ['onClose', 'onMessage'],
  }),
];

function on(exportName: string, methods: Callback['methods']): Callback {
  return { exportName, methods };
}

/** The methods of a class that can be overridden. */
export function methodsOf(base: Base): readonly string[] {
  const names = callbacks.flatMap(({ methods }) => methods[base] ?? []);
  return [...new Set(base === 'plugin' ? [...names, 'onConfigure'] : names)];
}

/** What AssemblyScript's library imports from a browser and no proxy has. */
export interface BrowserImport {
  /** The import. */
  readonly pattern: RegExp;
  /** What a filter says to get it. */
  readonly written: RegExp;
  /** What to use instead. */
  readonly advice: string;
}

export const browserImports: readonly BrowserImport[] = [
  {
    pattern: /^console\./,
    written: /\bconsole\s*\.\s*\w+/g,
    advice: 'console writes to a browser: use log.info, log.warn and so on',
  },
  {
    pattern: /^Date\./,
    written: /\bDate\s*\.\s*\w+/g,
    advice: 'Date asks a browser for the time: use nowMilliseconds()',
  },
  {
    pattern: /^(seed|crypto\.)/,
    written: /\bMathf?\s*\.\s*random\b|\bcrypto\s*\.\s*\w+/g,
    advice: 'Math.random is seeded by a browser, and no proxy gives a seed: derive it from nowNanoseconds()',
  },
  {
    pattern: /^(trace|process\.|performance\.)/,
    written: /\btrace(?=\s*\()|\b(?:process|performance)\s*\.\s*\w+/g,
    advice: 'trace, process and performance need a host that no proxy is: use log and nowNanoseconds()',
  },
];
