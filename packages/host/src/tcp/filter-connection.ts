import { Status } from '../abi/status.ts';
import { BufferType, StreamType } from '../abi/types.ts';
import type { BodyBuffer } from '../body/body-buffer.ts';
import type { ContextBuffer } from '../context/context.ts';
import type { RootContext } from '../context/root-context.ts';
import type { FilterState } from '../properties/filter-state.ts';
import type { PropertyResult } from '../properties/property-source.ts';
import { pluginProperty } from '../properties/read-property.ts';
import { StreamContext } from '../stream/stream-context.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** Who closed a connection: `proxy_peer_type_t`. */
export const Peer = { Unknown: 0, Local: 1, Remote: 2 } as const;

/** A value of {@link Peer}. */
export type Peer = (typeof Peer)[keyof typeof Peer];

/** One filter's context for one connection (envoy source/extensions/common/wasm/context.cc, the Network::Filter part). */
export class FilterConnection extends StreamContext {
  readonly owner: TcpConnection;
  /** This filter has been told that the connection is there. */
  begun = false;
  #downstreamData: BodyBuffer | undefined;
  #upstreamData: BodyBuffer | undefined;
  #downstreamClosed = false;
  #over = false;

  constructor(root: RootContext, owner: TcpConnection) {
    super(root);
    this.owner = owner;
  }

  // Each returns whether the bytes go on. A dead VM closes the connection (cpp-host src/context.cc CHECK_FAIL_NET).

  onNewConnection(): boolean {
    this.begun = true;
    return this.create() && this.#ask('on_new_connection');
  }

  onDownstreamData(data: BodyBuffer, end: boolean): boolean {
    if (!this.created) return true;
    this.#downstreamData = data;
    const goesOn = this.#ask('on_downstream_data', data.length, end ? 1 : 0);
    if (goesOn) this.#downstreamData = undefined;
    return goesOn;
  }

  onUpstreamData(data: BodyBuffer, end: boolean): boolean {
    if (!this.created) return true;
    this.#upstreamData = data;
    const goesOn = this.#ask('on_upstream_data', data.length, end ? 1 : 0);
    if (goesOn) this.#upstreamData = undefined;
    // Envoy hears of the upstream's end by this alone, so nobody knows who closed (context.cc Context::onWrite).
    if (end) this.#upstreamClosed();
    return goesOn;
  }

  onDownstreamClose(peer: Peer): void {
    if (!this.created) return;
    this.#tellClose('on_downstream_connection_close', peer);
    this.#downstreamClosed = true;
    this.#finish();
  }

  /** The connection is over: nothing can name this context any more. */
  release(): void {
    this.vm.contexts.delete(this);
  }

  #upstreamClosed(): void {
    this.#tellClose('on_upstream_connection_close', Peer.Unknown);
    if (this.#downstreamClosed) this.#finish();
  }

  /** Of a connection the order is done, log, delete (context.cc Context::onCloseTCP). */
  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.tell('on_done', this.vm.guest.on_done);
    this.tell('on_log', this.vm.guest.on_log);
    this.tell('on_delete', this.vm.guest.on_delete);
  }

  #tellClose(name: 'on_downstream_connection_close' | 'on_upstream_connection_close', peer: Peer): void {
    const { vm } = this;
    const run = vm.guest[name];
    if (vm.failed || run === undefined) return;
    vm.call(this, name, run, this.id, peer);
    vm.afterCall();
  }

  #ask(
    name: 'on_new_connection' | 'on_downstream_data' | 'on_upstream_data',
    ...rest: [] | [number, number]
  ): boolean {
    const { vm } = this;
    const run = vm.guest[name];
    let result = 0;
    if (!vm.failed && run !== undefined) {
      result = vm.call(this, name, run, this.id, ...rest);
      vm.afterCall();
    }
    if (!vm.failed) return result === 0;
    this.owner.close('wasm_fail_stream');
    return false;
  }

  protected override get closed(): boolean {
    return this.owner.closed;
  }

  override getBuffer(type: number): ContextBuffer | undefined {
    if (type === BufferType.DownstreamData) return this.buffer.set(undefined, this.#downstreamData);
    if (type === BufferType.UpstreamData) return this.buffer.set(undefined, this.#upstreamData);
    return super.getBuffer(type);
  }

  override continueStream(type: number): Status {
    if (type === StreamType.Upstream) return Status.Unimplemented;
    if (type === StreamType.Downstream) this.vm.defer(() => this.owner.continueAfter(this));
    return Status.Ok;
  }

  override closeStream(type: number): Status {
    if (type === StreamType.Downstream || type === StreamType.Upstream) this.warnOfClose(type);
    // Both ends of it are the client's connection, which is what the filter belongs to.
    if (type === StreamType.Downstream) this.vm.defer(() => this.owner.close('wasm_downstream_close'));
    if (type === StreamType.Upstream) this.vm.defer(() => this.owner.close('wasm_upstream_close'));
    return Status.Ok;
  }

  override property(parts: readonly string[]): PropertyResult {
    return pluginProperty(this.root, parts, () => this.owner.property(parts));
  }

  override get filterState(): FilterState {
    return this.owner.filterState;
  }
}
