import {
  Counter,
  Gauge,
  Histogram,
  Peer,
  Plugin,
  TcpAction,
  TcpFilter,
  registerPlugin,
} from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"prefix": "shop"}`. */
class TcpCounterPlugin extends Plugin {
  connections!: Counter;
  open!: Gauge;
  received!: Counter;
  sent!: Counter;
  bytes!: Histogram;

  onConfigure(): bool {
    const config = this.configuration.settings();
    const prefix = config.textOr('prefix', 'tcp');
    this.connections = new Counter(prefix + '_connections');
    this.open = new Gauge(prefix + '_open');
    this.received = new Counter(prefix + '_received_bytes');
    this.sent = new Counter(prefix + '_sent_bytes');
    this.bytes = new Histogram(prefix + '_bytes');
    return config.accept();
  }

  createFilter(): TcpFilter {
    return new TcpCounter(this);
  }
}

/** One connection. */
class TcpCounter extends TcpFilter {
  private total: u64 = 0;
  private closed: bool = false;

  constructor(private plugin: TcpCounterPlugin) {
    super();
  }

  onNewConnection(): TcpAction {
    this.plugin.connections.add();
    this.plugin.open.add(1);
    return TcpAction.Continue;
  }

  onDownstreamData(size: i32, endOfStream: bool): TcpAction {
    // Also called with nothing, at the end of the stream; a counter takes no 0.
    if (size > 0) this.plugin.received.add(size);
    this.total += size;
    return TcpAction.Continue;
  }

  onUpstreamData(size: i32, endOfStream: bool): TcpAction {
    if (size > 0) this.plugin.sent.add(size);
    this.total += size;
    return TcpAction.Continue;
  }

  onDownstreamClose(by: Peer): void {
    if (this.closed) return;
    this.closed = true;
    this.plugin.open.add(-1);
    this.plugin.bytes.record(this.total);
  }
}

registerPlugin(() => new TcpCounterPlugin());
