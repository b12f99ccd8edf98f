import type { FailurePolicy } from '@wasmcast/core';
import { randomFillSync } from 'node:crypto';
import { logLevels } from '../abi/types.ts';
import { Metrics } from '../ports/metrics.ts';
import type { HostClock, HostPorts } from '../ports/ports.ts';
import { SharedState } from '../ports/shared-state.ts';
import { systemClock } from '../ports/system-clock.ts';
import type { FilterModule } from '../module/compile.ts';
import type { Profile } from '../profile/quirks.ts';
import type { VmThread } from './vm-thread.ts';

/** What a filter is started with: Envoy's PluginConfig. */
export interface PluginOptions extends HostPorts {
  readonly module: FilterModule;
  /** For logs. Default: the root id, or `filter`. */
  readonly name?: string;
  /** Default: empty. */
  readonly rootId?: string;
  /** Default: empty. */
  readonly vmId?: string;
  /** What on_vm_start reads. Default: nothing. */
  readonly vmConfiguration?: Uint8Array;
  /** What on_configure reads. Default: nothing. */
  readonly configuration?: Uint8Array;
  /** Environment variables (WASI). Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** What happens to streams when the VM is dead. Default: `closed`. */
  readonly onFailure?: FailurePolicy;
  /** Lets a header callback's 1 mean StopIteration (the body still flows to the filter) instead of stopping everything. */
  readonly allowOnHeadersStopIteration?: boolean;
  /**
   * The functions that the module may import and export (`proxy_http_call`, `fd_write`, `proxy_on_request_headers`…); a
   * restricted import fails, a restricted callback is not called. Default: all (envoy CapabilityRestrictionConfig).
   */
  readonly allowedCapabilities?: readonly string[];
  /** The VMs that this plugin's may be one of: those of the same key are shared. Default: one for this plugin alone. */
  readonly thread?: VmThread;
  /** Whose rules hold where Envoy and the specification differ. Default: `envoy`. */
  readonly profile?: Profile;
  /** Milliseconds between reloads of a dead VM under `reload`. Default: 1000, as Envoy. */
  readonly reloadBackoffMs?: number;
}

/** What decides about a VM: plugins whose module and these are the same may share one. */
export interface VmSettings {
  /** Of the plugin that the VM was made for; for logs. */
  readonly name: string;
  readonly vmId: string;
  readonly vmConfiguration: Uint8Array;
  readonly env: readonly (readonly [string, string])[];
  readonly profile: Profile;
  /** `undefined`: all. */
  readonly allowedCapabilities: ReadonlySet<string> | undefined;
}

/** {@link PluginOptions} with the defaults filled in, without the ports. */
export interface PluginSettings extends VmSettings {
  readonly rootId: string;
  readonly configuration: Uint8Array;
  readonly onFailure: FailurePolicy;
  readonly allowOnHeadersStopIteration: boolean;
  readonly reloadBackoffMs: number;
}

/** The ports with the defaults filled in; `logLevel` as its number. */
export interface ResolvedPorts {
  readonly log: NonNullable<HostPorts['log']>;
  readonly logLevel: number;
  readonly clock: HostClock;
  readonly random: NonNullable<HostPorts['random']>;
  readonly shared: SharedState;
  readonly metrics: Metrics;
  readonly httpCall: HostPorts['httpCall'] | undefined;
  readonly grpc: HostPorts['grpc'] | undefined;
  readonly properties: HostPorts['properties'] | undefined;
  /** 0: none. */
  readonly deadlineMs: number;
  readonly onFinding: HostPorts['onFinding'] | undefined;
  readonly onCallback: HostPorts['onCallback'] | undefined;
  readonly onReturn: HostPorts['onReturn'] | undefined;
}

const nothing = new Uint8Array();

export function resolveSettings(options: PluginOptions): PluginSettings {
  const rootId = options.rootId ?? '';
  return {
    name: options.name ?? (rootId === '' ? 'filter' : rootId),
    rootId,
    vmId: options.vmId ?? '',
    vmConfiguration: options.vmConfiguration ?? nothing,
    configuration: options.configuration ?? nothing,
    env: Object.entries(options.env ?? {}).map(([key, value]) => [utf8(key), utf8(value)]),
    // An empty map of capabilities restricts nothing (cpp-host WasmBase::capabilityAllowed).
    allowedCapabilities:
      options.allowedCapabilities === undefined || options.allowedCapabilities.length === 0
        ? undefined
        : new Set(options.allowedCapabilities),
    profile: options.profile ?? 'envoy',
    onFailure: options.onFailure ?? 'closed',
    allowOnHeadersStopIteration: options.allowOnHeadersStopIteration ?? false,
    reloadBackoffMs: options.reloadBackoffMs ?? 1000,
  };
}

export function resolvePorts(options: HostPorts): ResolvedPorts {
  return {
    log: options.log ?? (() => undefined),
    logLevel: logLevels.indexOf(options.logLevel ?? 'trace'),
    clock: options.clock ?? systemClock,
    random: options.random ?? ((target) => void randomFillSync(target)),
    shared: options.shared ?? new SharedState(),
    metrics: options.metrics ?? new Metrics(),
    httpCall: options.httpCall,
    grpc: options.grpc,
    properties: options.properties,
    deadlineMs: Math.ceil(options.deadlineMs ?? 0),
    onFinding: options.onFinding,
    onCallback: options.onCallback,
    onReturn: options.onReturn,
  };
}

/** Text as the byte string of its UTF-8. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
