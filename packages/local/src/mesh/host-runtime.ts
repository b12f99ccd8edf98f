import { WasmcastError } from '@wasmcast/core';
import {
  compileModule,
  FilterChain,
  finishResponse,
  HeaderMap,
  Metrics,
  ProxyWorkers,
  SharedState,
  systemClock,
  type FilterModule,
  type Plugin,
  type PluginOptions,
  type PropertyValue,
  type StartFailure,
  type StreamSink,
  type WorkersFailure,
} from '@wasmcast/host';
import type {
  FilterLog,
  FilterRuntime,
  LoadedModule,
  PluginSettings,
  RunningPlugin,
  StreamPeers,
} from './filter-runtime.ts';
import type { FilterStream, HeaderPairs, StreamExits } from './filter-stream.ts';
import { toPairs } from './headers.ts';
import type { CallGuard } from '../watchdog/watchdog.ts';

interface HostModule extends LoadedModule {
  readonly filter: FilterModule;
}

interface HostPlugin extends RunningPlugin {
  readonly plugin: Plugin;
  /** Whose bodies it can change: those that it has a callback for. */
  readonly touches: FilterStream['changes'];
}

/**
 * Runs the filters of one proxy on the Proxy-Wasm host, in this process, as an Envoy with one worker does: those of one vm_id share
 * data and queues, with the same module a VM, too; all share metrics; a configuration is tried in a VM of its own, and each
 * filter runs in the main thread's VM beside the worker's. The guard is told of each call into a filter.
 */
export function hostRuntime(guard?: CallGuard): FilterRuntime<HostPlugin> {
  return runtimeOf(new ProxyWorkers(1), { shared: new SharedState(), metrics: new Metrics() }, guard);
}

const runtimeOf = (
  proxy: ProxyWorkers,
  common: Pick<PluginOptions, 'shared' | 'metrics'>,
  guard: CallGuard | undefined,
): FilterRuntime<HostPlugin> => ({
  async load(bytes: Uint8Array, signal: AbortSignal): Promise<HostModule> {
    const result = await compileModule(bytes);
    signal.throwIfAborted();
    if (result.kind === 'not-loadable')
      throw new WasmcastError('WC-LOC-005', `the module cannot be loaded: ${result.reasons.join('; ')}`, {
        help: 'run `wasmcast check` on it',
        exit: 'invalid',
      });
    const { module } = result;
    return { digest: module.digest, size: bytes.length, bytes, filter: module };
  },

  async start(
    module: LoadedModule,
    settings: PluginSettings,
    log: (line: FilterLog) => void,
  ): Promise<HostPlugin> {
    const result = proxy.load({
      module: (module as HostModule).filter,
      name: settings.name,
      rootId: settings.rootId,
      vmId: settings.vmId,
      env: settings.env,
      configuration: Buffer.from(settings.configuration, 'utf8'),
      onFailure: settings.onFailure,
      // What the worker says is what the requests meet; the main thread says the same of itself.
      log: ({ thread, level, message }) => {
        if (thread === 'worker') log({ level, message });
      },
      ...common,
      ...(guard !== undefined && {
        onCallback: (callback, filter) => guard.enter(filter, callback),
        onReturn: () => guard.leave(),
      }),
    });
    if (result.kind !== 'ready') throw startError(settings.name, result);
    const { main, workers } = result;
    const plugin = workers[0] as Plugin;
    const { functions } = (module as HostModule).filter.shape;
    return {
      touches: {
        request: functions.has('proxy_on_request_body'),
        response: functions.has('proxy_on_response_body'),
      },
      module,
      plugin,
      // What the VM was given, not what was asked for.
      settings: {
        ...settings,
        configuration: Buffer.from(plugin.settings.configuration).toString('utf8'),
      },
      get dead() {
        return plugin.isPassedBy ? 'it did not start in the worker' : plugin.trap?.message;
      },
      dispose() {
        plugin.close();
        main.close();
      },
    };
  },

  open(
    plugins: readonly HostPlugin[],
    exits: StreamExits,
    peers: StreamPeers,
    bufferBytes: number,
  ): FilterStream {
    const chain = new FilterChain(plugins.map(({ plugin }) => plugin));
    const stream = chain.newStream(sinkOf(exits), {
      bufferLimit: bufferBytes,
      attributes: (path) => attribute(peers, path),
    });
    return {
      changes: {
        request: plugins.some((each) => each.touches.request),
        response: plugins.some((each) => each.touches.response),
      },
      request: {
        headers: (headers, end) => stream.onRequestHeaders(HeaderMap.from('request', headers), end),
        body: (chunk, end) => stream.onRequestBody(chunk, end),
        trailers: (trailers) => stream.onRequestTrailers(HeaderMap.from('trailers', trailers)),
      },
      response: {
        headers: (headers, end) => stream.onResponseHeaders(HeaderMap.from('response', headers), end),
        body: (chunk, end) => stream.onResponseBody(chunk, end),
        trailers: (trailers) => stream.onResponseTrailers(HeaderMap.from('trailers', trailers)),
      },
      close: () => stream.done(),
    };
  },
});

function sinkOf(exits: StreamExits): StreamSink {
  return {
    onRequestHeaders: (headers, end) => exits.request.headers(pairsOf(headers), end),
    onRequestBody: (chunk, end) => exits.request.body(chunk, end),
    onRequestTrailers: (trailers) => exits.request.trailers(pairsOf(trailers)),
    onResponseHeaders: (headers, end) => {
      exits.response.headers(pairsOf(headers), end);
      // What on_log is shown is what Envoy would have answered.
      finishResponse(headers, { now: systemClock.realtime(), closes: false });
    },
    onResponseBody: (chunk, end) => exits.response.body(chunk, end),
    onResponseTrailers: (trailers) => exits.response.trailers(pairsOf(trailers)),
    onReset: () => exits.reset(),
    onLocalReply: () => exits.localReply(),
    onPause: (direction, paused) =>
      direction === 'request' ? exits.holdRequest(paused) : exits.holdResponse(paused),
  };
}

/** A copy: the map may go on changing (in on_log) after the head went out. */
function pairsOf(headers: HeaderMap): HeaderPairs {
  return toPairs(headers.flat);
}

/** The attributes that this proxy knows beyond those of the messages themselves. */
function attribute(peers: StreamPeers, path: readonly string[]): PropertyValue | undefined {
  switch (path.join('.')) {
    case 'source.address':
      return { kind: 'string', value: `${peers.clientAddress}:${peers.clientPort}` };
    case 'source.port':
      return { kind: 'int', value: BigInt(peers.clientPort) };
    case 'destination.address':
      return { kind: 'string', value: `${peers.localAddress}:${peers.localPort}` };
    case 'destination.port':
      return { kind: 'int', value: BigInt(peers.localPort) };
    default:
      return undefined;
  }
}

function reasonOf(failure: StartFailure): string {
  switch (failure.kind) {
    case 'refused':
      return failure.callback === 'on_configure' ? 'refused its configuration' : 'refused to start';
    case 'trapped':
      return `crashed: ${failure.message}`;
    case 'not-loadable':
      return `cannot be loaded: ${failure.reason}`;
  }
}

function startError(name: string, failure: WorkersFailure): WasmcastError {
  const lines = failure.logs.map(({ level, message }) => `\n  [${level}] ${message}`);
  return new WasmcastError('WC-LOC-005', `the filter ${name} ${reasonOf(failure)}${lines.join('')}`, {
    help: 'the chain that was there goes on serving; mend the filter or its configuration',
    exit: 'invalid',
  });
}
