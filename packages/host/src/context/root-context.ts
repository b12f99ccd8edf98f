import { Status } from '../abi/status.ts';
import { MapType } from '../abi/types.ts';
import { GrpcCallouts } from '../callouts/grpc-callouts.ts';
import { KeptExpressions } from '../cel/kept-expressions.ts';
import { HttpCallouts } from '../callouts/http-callouts.ts';
import type { HeaderMap } from '../headers/header-map.ts';
import type { PropertyResult } from '../properties/property-source.ts';
import { pluginProperty } from '../properties/read-property.ts';
import type { RootCallback } from '../vm/guest.ts';
import type { PluginSettings, ResolvedPorts } from '../plugin/settings.ts';
import type { Vm } from '../vm/vm.ts';
import { Context } from './context.ts';

/** The context of a plugin itself: it is configured, ticks, and receives what its callouts and queues bring. */
export class RootContext extends Context {
  readonly settings: PluginSettings;
  /** Of the plugin; several of one VM may differ in them. */
  readonly ports: ResolvedPorts;
  readonly http = new HttpCallouts(this);
  readonly grpc = new GrpcCallouts(this);
  readonly expressions = new KeptExpressions();
  /** What `proxy_get_status` gives: of a callout that failed, or of a gRPC callout that ended. */
  status: { readonly code: number; readonly message: string } = { code: 0, message: '' };
  #created = false;
  #configuring = false;
  #finishing = false;
  #pendingDone = false;
  #gone = false;
  #tickPeriod = 0;
  #cancelTick: (() => void) | undefined;

  constructor(vm: Vm, settings: PluginSettings, ports: ResolvedPorts) {
    super(vm, vm.contexts.newId());
    this.settings = settings;
    this.ports = ports;
    vm.contexts.add(this);
  }

  override get root(): this {
    return this;
  }

  /** True while on_done has asked for time and `proxy_done` has not come. */
  get waits(): boolean {
    return this.#pendingDone;
  }

  /** True once it is deleted: nothing is begun any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Creates the context in the module and runs on_vm_start; false when that returned 0. */
  start(): boolean {
    const { vm } = this;
    this.#create();
    let result = 1;
    if (!vm.failed && vm.guest.on_vm_start !== undefined) {
      const size = vm.settings.vmConfiguration.length;
      result = vm.call(this, 'on_vm_start', vm.guest.on_vm_start, this.id, size);
    }
    vm.afterCall();
    return result !== 0;
  }

  /** Runs on_configure; false when that returned 0. */
  configure(): boolean {
    const { vm } = this;
    if (vm.failed) return true;
    let result = 1;
    if (vm.guest.on_configure !== undefined) {
      this.#configuring = true;
      const size = this.settings.configuration.length;
      result = vm.call(this, 'on_configure', vm.guest.on_configure, this.id, size);
      this.#configuring = false;
    }
    vm.afterCall();
    return result !== 0;
  }

  #create(): void {
    const { vm } = this;
    if (this.#created || vm.failed) return;
    this.#created = true;
    // Envoy keeps the plugin at hand during context creation, so its configuration can be read (cpp-host onStart).
    this.#configuring = true;
    if (vm.guest.on_context_create !== undefined) {
      vm.call(this, 'on_context_create', vm.guest.on_context_create, this.id, 0);
    }
    this.#configuring = false;
  }

  override pluginConfiguration(): Uint8Array | undefined {
    return this.#configuring ? this.settings.configuration : undefined;
  }

  /** Tells the module something, outside of every stream; nothing happens when it has no such callback. */
  notify(name: RootCallback, ...args: number[]): void {
    const { vm } = this;
    const run = vm.guest[name];
    if (!vm.failed && run !== undefined) vm.call(this, name, () => run(this.id, ...args));
    vm.afterCall();
  }

  /** `proxy_set_tick_period_milliseconds`; 0 stops. */
  setTickPeriod(ms: number): void {
    this.#tickPeriod = ms;
    this.#cancelTick?.();
    this.#cancelTick = ms === 0 || this.#gone ? undefined : this.ports.clock.after(ms, () => this.#tick());
  }

  #tick(): void {
    this.#cancelTick = undefined;
    if (this.vm.failed || this.#gone) return;
    this.notify('on_tick');
    // The callback may have set another period, which has armed the timer already.
    if (this.#cancelTick === undefined && this.#tickPeriod > 0) this.setTickPeriod(this.#tickPeriod);
  }

  /** Something arrived in a queue that this context registered; told after the call that put it there. */
  queueReady(queue: number): void {
    this.ports.clock.after(0, () => {
      if (!this.#gone) this.notify('on_queue_ready', queue);
    });
  }

  /** The maps of what a callout brought. */
  calloutMap(type: number): HeaderMap | undefined {
    switch (type) {
      case MapType.HttpCallResponseHeaders:
        return this.http.response?.headers;
      case MapType.HttpCallResponseTrailers:
        return this.http.response?.trailers;
      case MapType.GrpcReceiveInitialMetadata:
        return this.grpc.initialMetadata;
      case MapType.GrpcReceiveTrailingMetadata:
        return this.grpc.trailingMetadata;
      default:
        return undefined;
    }
  }

  override property(parts: readonly string[]): PropertyResult {
    return pluginProperty(this, parts);
  }

  /**
   * Ends the context: on_done, and on_delete unless the filter asked for time by returning false. Timers and callouts go
   * on until `proxy_done` (cpp-host WasmBase::startShutdown, done).
   */
  finish(): void {
    if (this.#finishing) return;
    this.#finishing = true;
    const { vm } = this;
    let done = 1;
    if (!vm.failed && vm.guest.on_done !== undefined)
      done = vm.call(this, 'on_done', vm.guest.on_done, this.id);
    this.#pendingDone = done === 0 && !vm.failed;
    vm.afterCall();
    if (!this.#pendingDone && !this.#gone) this.#delete();
  }

  /** `proxy_done`: the filter is ready to go; NotFound when nobody waits. */
  override done(): Status {
    if (!this.#pendingDone) return Status.NotFound;
    this.#pendingDone = false;
    this.vm.defer(() => this.#delete());
    return Status.Ok;
  }

  /** Drops timers and callouts without a word to the module: its VM is dead. */
  abandon(): void {
    this.#finishing = true;
    this.#gone = true;
    this.setTickPeriod(0);
    this.http.cancelAll();
    this.grpc.cancelAll();
  }

  #delete(): void {
    const { vm } = this;
    if (!vm.failed && this.#created && vm.guest.on_delete !== undefined) {
      vm.call(this, 'on_delete', vm.guest.on_delete, this.id);
    }
    vm.afterCall();
    this.abandon();
    vm.contexts.delete(this);
  }
}
