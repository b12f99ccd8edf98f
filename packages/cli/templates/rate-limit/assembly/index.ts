import {
  Counter,
  HeadersAction,
  HttpFilter,
  LocalResponse,
  Plugin,
  attributes,
  nowNanoseconds,
  registerPlugin,
  sharedData,
} from '@wasmcast/sdk/assembly';

/** Shared data can never be deleted, so clients share so many buckets by a hash of their name. */
const BUCKETS: u32 = 8192;

/** The filter as it is configured: `{"perSecond": 10, "burst": 20, "header": "x-client"}`. */
class RateLimitPlugin extends Plugin {
  perSecond: f64 = 0;
  burst: i32 = 0;
  header: string = '';
  limited: Counter = new Counter('rate_limited_total');

  onConfigure(): bool {
    const config = this.configuration.settings();
    this.perSecond = config.positive('perSecond');
    this.burst = config.integer('burst', <i32>max(1, this.perSecond), 1);
    this.header = config.textOr('header', '');
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new RateLimit(this);
  }
}

/** One request. */
class RateLimit extends HttpFilter {
  constructor(private plugin: RateLimitPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const plugin = this.plugin;
    const client =
      plugin.header.length > 0
        ? this.request.headers.getOr(plugin.header)
        : addressOf(attributes.source.address());
    const bucket = new Bucket(plugin.perSecond, plugin.burst);
    const key = 'rate-limit/' + (hash(client) % BUCKETS).toString();
    sharedData.update<Bucket>(key, bucket, (old, bucket) => bucket.take(old));
    if (bucket.granted) return HeadersAction.Continue;
    plugin.limited.add();
    new LocalResponse(429)
      .header('retry-after', bucket.secondsToWait.toString())
      .json('{"error":"too many requests"}')
      .details('rate_limited')
      .send();
    return HeadersAction.Pause;
  }
}

/** A bucket that fills up by time; kept as its tokens (f64) and when it had them (u64 nanoseconds). */
class Bucket {
  granted: bool = false;
  secondsToWait: i32 = 0;

  constructor(
    private perSecond: f64,
    private burst: f64,
  ) {}

  /** Takes a token from what the bucket holds, and returns what it holds then. May be asked again, with newer contents. */
  take(old: ArrayBuffer | null): ArrayBuffer | null {
    const now = nowNanoseconds();
    let tokens = this.burst;
    if (old !== null && old.byteLength == 16) {
      const view = new DataView(old);
      const then = view.getUint64(8, true);
      const elapsed = now > then ? <f64>(now - then) / 1e9 : 0;
      tokens = min(this.burst, view.getFloat64(0, true) + elapsed * this.perSecond);
    }
    this.granted = tokens >= 1;
    this.secondsToWait = <i32>Math.ceil((1 - tokens) / this.perSecond);
    if (!this.granted) return null;
    const next = new DataView(new ArrayBuffer(16));
    next.setFloat64(0, tokens - 1, true);
    next.setUint64(8, now, true);
    return next.buffer;
  }
}

/** `10.0.0.1:4242` without its port, which is another for each connection. */
function addressOf(source: string): string {
  const colon = source.lastIndexOf(':');
  return colon < 0 ? source : source.substring(0, colon);
}

/** FNV-1a. */
function hash(text: string): u32 {
  let value: u32 = 2166136261;
  for (let i = 0; i < text.length; i++) value = (value ^ text.charCodeAt(i)) * 16777619;
  return value;
}

registerPlugin(() => new RateLimitPlugin());
