import {
  proxy_dequeue_shared_queue,
  proxy_enqueue_shared_queue,
  proxy_register_shared_queue,
  proxy_resolve_shared_queue,
} from './abi/env';
import { outLength, outPointer, takeBytes } from './abi/memory';
import { encodeUtf8, readUtf8 } from './abi/utf8';
import { Status, succeeded } from './status';

/**
 * A queue that all threads of the proxy share. The plugin that registered it last is told of new entries (`Plugin.onQueueReady`).
 *
 *     const queue = SharedQueue.register('hits');       // in onConfigure of the plugin that listens
 *     const hits = SharedQueue.resolve('hits');         // elsewhere: null when nobody has registered it yet
 *     if (hits !== null) hits.push('GET /');
 */
export class SharedQueue {
  /** For the SDK: `register` and `resolve` make them. */
  constructor(
    /** The host's number of the queue. */
    readonly id: u32,
  ) {}

  /** Makes a queue, or takes over the one of this name; null when the host refuses (see `lastStatus()`). */
  static register(name: string): SharedQueue | null {
    const bytes = encodeUtf8(name);
    const status = proxy_register_shared_queue(changetype<usize>(bytes), bytes.byteLength, outPointer());
    return succeeded(status) ? new SharedQueue(load<u32>(outPointer())) : null;
  }

  /** Finds a queue by its name, and by the vm_id of the VM that registered it (empty: this one's). */
  static resolve(name: string, vmId: string = ''): SharedQueue | null {
    const vm = encodeUtf8(vmId);
    const bytes = encodeUtf8(name);
    const status = proxy_resolve_shared_queue(
      changetype<usize>(vm),
      vm.byteLength,
      changetype<usize>(bytes),
      bytes.byteLength,
      outPointer(),
    );
    return succeeded(status) ? new SharedQueue(load<u32>(outPointer())) : null;
  }

  /** Puts a text at the end. */
  push(text: string): Status {
    return this.pushBytes(encodeUtf8(text));
  }
  /** Puts bytes at the end. */
  pushBytes(bytes: ArrayBuffer): Status {
    return proxy_enqueue_shared_queue(this.id, changetype<usize>(bytes), bytes.byteLength);
  }

  /** Takes the first entry as text; null when there is none (`Status.Empty`). */
  pop(): string | null {
    const bytes = this.popBytes();
    return bytes === null ? null : readUtf8(changetype<usize>(bytes), bytes.byteLength);
  }
  /** Takes the first entry; null when there is none. */
  popBytes(): ArrayBuffer | null {
    return succeeded(proxy_dequeue_shared_queue(this.id, outPointer(), outLength())) ? takeBytes() : null;
  }
}
