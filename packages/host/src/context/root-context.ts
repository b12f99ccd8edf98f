import { Status } from '../abi/status.ts';
import { MapType } from '../abi/types.ts';
import { HeaderMap } from '../headers/header-map.ts';
import type { HttpCallRequest, HttpCallResponse } from '../ports/ports.ts';
import { readProperty } from '../properties/read-property.ts';
import type { Vm } from '../vm/vm.ts';
import { Context } from './context.ts';

/** A callout's response while the filter looks at it. */
interface CallResponse {
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap;
}

/** How many callouts of one plugin may be under way. */
const maxCalls = 10_000;

/** The context of a plugin itself: it is configured, ticks, and receives what its callouts and queues bring. */
export class RootContext extends Context {
  #created = false;
  #configuring = false;
  #finished = false;
  #pendingDone = false;
  #tickPeriod = 0;
  #cancelTick: (() => void) | undefined;
  readonly #calls = new Map<number, () => void>();
  callResponse: CallResponse | undefined;
  status: { readonly code: number; readonly message: string } = { code: 0, message: '' };

  constructor(vm: Vm) {
    super(vm, vm.newContextId());
    vm.contexts.set(this.id, this);
  }

  override get root(): this {
    return this;
  }

  /** Creates the context in the module and runs on_vm_start; false when that returned 0. */
  start(): boolean {
    const { vm } = this;
    this.#create();
    let result = 1;
    if (!vm.failed && vm.guest.on_vm_start !== undefined) {
      result = vm.call(
        this,
        'on_vm_start',
        vm.guest.on_vm_start,
        this.id,
        vm.settings.vmConfiguration.length,
      );
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
      const size = vm.settings.configuration.length;
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
    return this.#configuring ? this.vm.settings.configuration : undefined;
  }

  /** `proxy_set_tick_period_milliseconds`; 0 stops. */
  setTickPeriod(ms: number): void {
    this.#tickPeriod = ms;
    this.#cancelTick?.();
    this.#cancelTick =
      ms === 0 || this.#finished ? undefined : this.vm.ports.clock.after(ms, () => this.#tick());
  }

  #tick(): void {
    const { vm } = this;
    this.#cancelTick = undefined;
    if (vm.failed || this.#finished) return;
    if (vm.guest.on_tick !== undefined) vm.call(this, 'on_tick', vm.guest.on_tick, this.id);
    vm.afterCall();
    // The callback may have set another period, which has armed the timer already.
    if (this.#cancelTick === undefined && this.#tickPeriod > 0) this.setTickPeriod(this.#tickPeriod);
  }

  /** Something arrived in a queue that this context registered; told after the call that put it there. */
  queueReady(queue: number): void {
    this.vm.ports.clock.after(0, () => {
      const { vm } = this;
      if (vm.failed || this.#finished || vm.guest.on_queue_ready === undefined) return;
      vm.call(this, 'on_queue_ready', vm.guest.on_queue_ready, this.id, queue);
      vm.afterCall();
    });
  }

  /** Starts a callout; its id, or why not (envoy context.cc Context::httpCall). */
  httpCall(request: HttpCallRequest): { readonly token: number } | Status {
    const headers = HeaderMap.from('request', pairs(request.headers));
    const port = this.vm.ports.httpCall;
    if (port === undefined || request.timeoutMs > 0x7fff_ffff) return Status.BadArgument;
    if ([':path', ':method', ':authority'].some((name) => headers.get(name) === undefined))
      return Status.BadArgument;
    if (this.#calls.size >= maxCalls || this.#finished) return Status.InternalFailure;
    if (request.body.length > 0) headers.set('content-length', String(request.body.length));
    const token = this.vm.lastHttpCall + 4;
    const cancel = port.send({ ...request, headers: headers.flat }, (response) =>
      this.#callDone(token, response),
    );
    if (cancel === undefined) return Status.BadArgument;
    this.vm.lastHttpCall = token;
    this.#calls.set(token, cancel);
    return { token };
  }

  #callDone(token: number, response: HttpCallResponse | 'reset'): void {
    const { vm } = this;
    if (!this.#calls.delete(token) || vm.failed || vm.guest.on_http_call_response === undefined) return;
    let [headers, body, trailers] = [0, 0, 0];
    if (response === 'reset') {
      this.status = { code: Status.BrokenConnection, message: 'reset' };
    } else {
      this.callResponse = {
        headers: new HeaderMap('response', [...response.headers]),
        body: response.body,
        trailers: new HeaderMap('trailers', [...response.trailers]),
      };
      headers = this.callResponse.headers.size;
      body = response.body.length;
      trailers = this.callResponse.trailers.size;
    }
    const run = vm.guest.on_http_call_response;
    vm.call(this, 'on_http_call_response', () => run(this.id, token, headers, body, trailers));
    // Envoy keeps the code and clears only the message (context.cc onHttpCallFailure).
    vm.defer(() => {
      this.callResponse = undefined;
      this.status = { ...this.status, message: '' };
    });
    vm.afterCall();
  }

  /** The maps of a callout's response. */
  calloutMap(type: number): HeaderMap | undefined {
    if (type === MapType.HttpCallResponseHeaders) return this.callResponse?.headers;
    if (type === MapType.HttpCallResponseTrailers) return this.callResponse?.trailers;
    return undefined;
  }

  override getProperty(path: string): Uint8Array | Status {
    return readProperty(this.vm, undefined, path);
  }

  /** Ends the context: on_done, and on_delete unless the filter asked for time by returning false. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#stop();
    const { vm } = this;
    let done = 1;
    if (!vm.failed && vm.guest.on_done !== undefined)
      done = vm.call(this, 'on_done', vm.guest.on_done, this.id);
    this.#pendingDone = done === 0 && !vm.failed;
    if (!this.#pendingDone) this.#delete();
    vm.afterCall();
  }

  /** `proxy_done`: the filter is ready to go; NotFound when nobody waits. */
  done(): Status {
    if (!this.#pendingDone) return Status.NotFound;
    this.#pendingDone = false;
    this.vm.defer(() => this.#delete());
    return Status.Ok;
  }

  /** Drops timers and callouts without a word to the module: its VM is dead. */
  abandon(): void {
    this.#finished = true;
    this.#stop();
  }

  #stop(): void {
    this.setTickPeriod(0);
    for (const cancel of this.#calls.values()) cancel();
    this.#calls.clear();
  }

  #delete(): void {
    const { vm } = this;
    if (!vm.failed && this.#created && vm.guest.on_delete !== undefined) {
      vm.call(this, 'on_delete', vm.guest.on_delete, this.id);
    }
    vm.contexts.delete(this.id);
  }
}

function* pairs(flat: readonly string[]): IterableIterator<[string, string]> {
  for (let i = 0; i < flat.length; i += 2) yield [flat[i] as string, flat[i + 1] as string];
}
