import { Status } from '../abi/status.ts';
import type { BodyBuffer } from '../body/body-buffer.ts';
import type { Declaration, FilterState } from '../properties/filter-state.ts';
import type { HeaderMap } from '../headers/header-map.ts';
import type { PropertyResult, PropertySource } from '../properties/property-source.ts';
import { readProperty } from '../properties/read-property.ts';
import type { LocalReply } from '../stream/local-reply.ts';
import type { Vm } from '../vm/vm.ts';
import { BufferType, StreamType } from '../abi/types.ts';
import type { RootContext } from './root-context.ts';

/**
 * What `proxy_get_buffer_bytes` reads: nothing, fixed bytes, or a body. Each context has one, which keeps what was last
 * put into it: buffer type 8 shows it again (envoy context.cc getBuffer, `case WasmBufferType::CallData`).
 */
export class ContextBuffer {
  bytes: Uint8Array | undefined;
  body: BodyBuffer | undefined;

  /** Somebody has put something there, be it empty. */
  get present(): boolean {
    return this.body !== undefined || this.bytes !== undefined;
  }

  get length(): number {
    return this.body?.length ?? this.bytes?.length ?? 0;
  }

  set(bytes: Uint8Array | undefined, body: BodyBuffer | undefined): this {
    this.bytes = bytes;
    this.body = body;
    return this;
  }
}

/** How many properties one context may declare. */
const maxDeclared = 10_000;

/** One context of a VM: the VM's own (id 0), a plugin's root, or a stream. Host calls act upon one of them. */
export abstract class Context implements PropertySource {
  readonly vm: Vm;
  readonly id: number;
  #buffer: ContextBuffer | undefined;
  /** What `declare_property` said here, by name; most contexts never have any. */
  #declared: Map<string, Declaration> | undefined;

  constructor(vm: Vm, id: number) {
    this.vm = vm;
    this.id = id;
  }

  /** What `proxy_get_buffer_bytes` reads here; most contexts never do. */
  get buffer(): ContextBuffer {
    this.#buffer ??= new ContextBuffer();
    return this.#buffer;
  }

  /** The root context of the plugin; of the VM's own context there is none. */
  abstract get root(): RootContext | undefined;

  /** A header map to change; `undefined` when it is not available now. */
  mutableMap(_type: number): HeaderMap | undefined {
    return undefined;
  }

  /** A header map to read; `undefined` when it is not available now. */
  readableMap(type: number): HeaderMap | undefined {
    return this.root?.calloutMap(type);
  }

  /** True while on_log runs, where an unavailable map reads as empty. */
  get logging(): boolean {
    return false;
  }

  /** A buffer, empty when it is not available now; `undefined` where Envoy says NOT_FOUND. */
  getBuffer(type: number): ContextBuffer | undefined {
    switch (type) {
      case BufferType.CallData:
        return this.buffer;
      case BufferType.VmConfiguration:
        return this.buffer.set(this.vm.settings.vmConfiguration, undefined);
      case BufferType.PluginConfiguration: {
        const configuration = this.pluginConfiguration();
        return configuration === undefined ? undefined : this.buffer.set(configuration, undefined);
      }
      case BufferType.HttpCallResponseBody: {
        const body = this.root?.http.response?.body;
        return body === undefined ? undefined : this.buffer.set(body, undefined);
      }
      case BufferType.GrpcReceiveBuffer:
        return this.buffer.set(undefined, this.root?.grpc.message);
      default:
        return this.buffer.set(undefined, undefined);
    }
  }

  /** The plugin's configuration, available while it is started or configured. */
  pluginConfiguration(): Uint8Array | undefined {
    return undefined;
  }

  /** `proxy_done`: of the plugin, whichever context asks (cpp-host WasmBase::done). */
  done(): Status {
    return this.root?.done() ?? Status.NotFound;
  }

  continueStream(type: number): Status {
    return type === StreamType.Upstream ? Status.Unimplemented : Status.Ok;
  }

  closeStream(_type: number): Status {
    return Status.Ok;
  }

  /** Does nothing where there is no stream, silently as in Envoy (envoy#39797). */
  sendLocalResponse(reply: LocalReply): void {
    this.vm.quirk('local-response-unheard', `proxy_send_local_response(${reply.code})`);
  }

  /** The serialized value of a property, or why there is none. */
  getProperty(path: string): Uint8Array | Status {
    return readProperty(this, path);
  }

  /** A property by the parts of its path. */
  abstract property(parts: readonly string[]): PropertyResult;

  /** Where properties are stored; outside of a stream nowhere. */
  get filterState(): FilterState | undefined {
    return undefined;
  }

  /** Stores a property (envoy context.cc Context::setProperty, CelStateKeyPrefix). */
  setProperty(path: string, value: string): Status {
    const { filterState } = this;
    if (filterState === undefined) return Status.NotFound;
    const unread = path.includes('\0');
    if (unread && !this.vm.quirk('property-unreadable', `proxy_set_property(${JSON.stringify(path)})`))
      return Status.NotFound;
    return filterState.set(`wasm.${path}`, value, this.root?.declared(path));
  }

  /** What has been declared here of a property. */
  declared(path: string): Declaration | undefined {
    return this.#declared?.get(path);
  }

  /** Declares a property; false when it is declared already, or too many are. */
  declare(path: string, declaration: Declaration): boolean {
    this.#declared ??= new Map();
    if (this.#declared.has(path) || this.#declared.size >= maxDeclared) return false;
    this.#declared.set(path, declaration);
    return true;
  }

  clearRouteCache(): void {}
}
