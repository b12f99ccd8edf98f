import type { FailurePolicy, Sha256 } from '@wasmcast/core';
import type { FilterStream, StreamExits } from './filter-stream.ts';

/** What a plugin is started with. */
export interface PluginSettings {
  /** The filter's name in its fleet. */
  readonly name: string;
  readonly rootId: string;
  readonly vmId: string;
  readonly env: Readonly<Record<string, string>>;
  /** Text that on_configure reads. */
  readonly configuration: string;
  readonly onFailure: FailurePolicy;
}

/** A line that a filter logged. */
export interface FilterLog {
  readonly level: string;
  readonly message: string;
}

/** A module that can be started any number of times. */
export interface LoadedModule {
  /** Of the bytes that were compiled. */
  readonly digest: Sha256;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** A filter in its VM, configured. */
export interface RunningPlugin {
  readonly module: LoadedModule;
  readonly settings: PluginSettings;
  /** Why its VM is dead; undefined: it lives. */
  readonly dead: string | undefined;
  /** Ends the VM; called when the last stream through it is over. */
  dispose(): void;
}

/** Who the two ends of a stream are: what filters read as properties. */
export interface StreamPeers {
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** What runs the filters of one proxy. The mesh knows only this of Proxy-Wasm. */
export interface FilterRuntime<P extends RunningPlugin = RunningPlugin> {
  /** Compiles a module. Throws `WC-LOC-005` if it is none or cannot run here. */
  load(bytes: Uint8Array, signal: AbortSignal): Promise<LoadedModule>;
  /**
   * Starts and configures a plugin in a VM of its own. Throws `WC-LOC-005` with the filter's own log lines if it refuses or
   * traps.
   */
  start(module: LoadedModule, settings: PluginSettings, log: (line: FilterLog) => void): Promise<P>;
  /** Opens a stream through plugins, in the order in which a request meets them. */
  open(plugins: readonly P[], exits: StreamExits, peers: StreamPeers, bufferBytes: number): FilterStream;
}
