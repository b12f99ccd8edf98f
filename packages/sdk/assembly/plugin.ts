import { BufferType, readBuffer, readBufferText } from './abi/buffers';
import { proxy_done, proxy_set_tick_period_milliseconds } from './abi/env';
import { Config } from './config';
import { Json, parseJson } from './json/json';
import { Settings, settingsOf } from './settings';
import { SharedQueue } from './shared-queue';
import { Status } from './status';
import { StreamFilter } from './stream-filter';

/**
 * The bytes of a configuration, readable while it is being delivered. Its address is its buffer's number: there is no object,
 * hence nothing to allocate or to visit for the collector.
 */
@unmanaged
export class Configuration {
  /** The bytes exactly as delivered; empty when there are none. */
  bytes(): ArrayBuffer {
    const bytes = readBuffer(<BufferType>(<i32>changetype<usize>(this)), 0, u32.MAX_VALUE);
    return bytes === null ? new ArrayBuffer(0) : bytes;
  }

  /** Decoded as UTF-8. */
  text(): string {
    const text = readBufferText(<BufferType>(<i32>changetype<usize>(this)), 0, u32.MAX_VALUE);
    return text === null ? '' : text;
  }

  /** Read key by key, with every fault said at once: see `Settings`. */
  settings(): Settings {
    return settingsOf(this.text());
  }

  /** Read into a class, with every fault said at once: see `Config`. Null when there is any. */
  typed<T extends Config>(): T | null {
    const config = instantiate<T>();
    return config.__read(this.settings()) ? config : null;
  }

  /** Parsed as JSON. What does not parse is a value too: see `Json.error`. An empty configuration is `{}`. */
  json(): Json {
    const text = this.text();
    return parseJson(text.length == 0 ? '{}' : text);
  }
}

/**
 * A filter as it is configured: one object per configured plugin and per thread of the proxy, which makes an HttpFilter for
 * each stream. Several may live in one VM.
 *
 *     class GreetingPlugin extends Plugin {
 *       createFilter(): HttpFilter {
 *         return new Greeting();
 *       }
 *     }
 */
export abstract class Plugin {
  // The two fields that the table of contexts reads (abi/contexts.ts): first, and the same in both classes.
  /** The host's number of this plugin. */
  id: i32 = 0;
  /** For the SDK: address of the next plugin in the same slot of its table. */
  __next: usize = 0;

  /** The plugin's configuration. Only in `onConfigure`. */
  get configuration(): Configuration {
    return changetype<Configuration>(<usize>BufferType.PluginConfiguration);
  }
  /** The VM's configuration, shared by all plugins of the VM. */
  get vmConfiguration(): Configuration {
    return changetype<Configuration>(<usize>BufferType.VmConfiguration);
  }

  /** What a foreign function passed. Only in `onForeignFunction`. */
  get foreignArguments(): Configuration {
    return changetype<Configuration>(<usize>BufferType.ForeignArguments);
  }

  /** The filter that serves a new stream: an HttpFilter, or a TcpFilter where the module is a network filter. */
  abstract createFilter(): StreamFilter;

  /** The VM has started. False makes the proxy refuse the module: log why. */
  onVmStart(): bool {
    return true;
  }
  /** The configuration is there. False makes the proxy refuse it and keep what it has: log why. */
  onConfigure(): bool {
    return true;
  }
  /** Called every `setTickPeriod` milliseconds. */
  onTick(): void {}
  /**
   * Something was put into a queue that this plugin registered. Take everything out: one call may stand for several entries.
   *
   *     onQueueReady(queue: SharedQueue): void {
   *       for (let entry = queue.pop(); entry !== null; entry = queue.pop()) log.info(entry);
   *     }
   */
  onQueueReady(queue: SharedQueue): void {}
  /** A foreign function of the proxy calls back with `size` bytes, which `foreignArguments` reads. Envoy itself never does. */
  onForeignFunction(id: u32, size: i32): void {}
  /** The plugin is being removed. False asks the proxy to wait until `done()` is called. */
  onDone(): bool {
    return true;
  }

  /** Starts (or with 0 stops) the calls of `onTick`, on each thread of the proxy for itself. */
  setTickPeriod(milliseconds: u32): Status {
    return proxy_set_tick_period_milliseconds(milliseconds);
  }
  /** Ends the wait that `onDone` asked for. */
  done(): Status {
    return proxy_done();
  }
}
