import {
  proxy_define_metric,
  proxy_get_metric,
  proxy_increment_metric,
  proxy_record_metric,
} from './abi/env';
import { outPointer } from './abi/memory';
import { reserve, utf8Bound, writeUtf8 } from './abi/utf8';
import { Status, succeeded } from './status';

/** What stands for a metric that the host refused: every call with it answers a Status. */
const NONE: u32 = u32.MAX_VALUE;

function define(type: i32, name: string): u32 {
  const base = reserve(utf8Bound(changetype<usize>(name)));
  const length = writeUtf8(changetype<usize>(name), base) - base;
  return succeeded(proxy_define_metric(type, base, length, outPointer())) ? load<u32>(outPointer()) : NONE;
}

function read(id: u32): u64 {
  return succeeded(proxy_get_metric(id, outPointer())) ? load<u64>(outPointer()) : 0;
}

/**
 * A number that only grows. Envoy shows it as `wasmcustom.<name>`. Make it once, in `onConfigure`, not for every request.
 *
 *     this.refused = new Counter('refused_total');
 *     this.refused.add();
 */
export class Counter {
  private id: u32;

  /** Defines it in the proxy, or finds the one that is there: Envoy shows it as `wasmcustom.<name>`. */
  constructor(name: string) {
    this.id = define(0, name);
  }

  /** Adds a number greater than 0. */
  add(amount: i64 = 1): Status {
    return proxy_increment_metric(this.id, amount);
  }
  /** Its value, over all threads. */
  get value(): u64 {
    return read(this.id);
  }
}

/**
 * A number that goes up and down.
 *
 *     this.open = new Gauge('streams_open');
 *     this.open.add(1);
 */
export class Gauge {
  private id: u32;

  /** Defines it in the proxy, or finds the one that is there: Envoy shows it as `wasmcustom.<name>`. */
  constructor(name: string) {
    this.id = define(1, name);
  }

  /** Adds, or with a negative number subtracts. */
  add(amount: i64): Status {
    return proxy_increment_metric(this.id, amount);
  }
  /** Sets it. */
  set(value: u64): Status {
    return proxy_record_metric(this.id, value);
  }
  /** Its value, over all threads. */
  get value(): u64 {
    return read(this.id);
  }
}

/**
 * The distribution of a value.
 *
 *     this.sizes = new Histogram('body_bytes');
 *     this.sizes.record(size);
 */
export class Histogram {
  private id: u32;

  /** Defines it in the proxy, or finds the one that is there: Envoy shows it as `wasmcustom.<name>`. */
  constructor(name: string) {
    this.id = define(2, name);
  }

  /** Notes one value. */
  record(value: u64): Status {
    return proxy_record_metric(this.id, value);
  }
}

/**
 * A metric's name with a label. Proxy-Wasm has no labels; Envoy takes them out of the name by `stats_tags`, and this is the
 * form that Istio's proxies know (`sidecar.istio.io/extraStatTags: code` makes `code` a label). In a plain Envoy:
 *
 *     stats_config: {stats_tags: [{tag_name: code, regex: "(code=\\.=(.*?);\\.;)"}]}
 *
 *     new Counter(labeled('responses_total', 'code', '403'));
 */
export function labeled(name: string, label: string, value: string): string {
  return label + '=.=' + value + ';.;' + name;
}

/** At most so many values of one label: what comes from requests must not fill the proxy's memory. */
const MOST_VALUES = 100;

/**
 * Counters that differ in one label, made as they are needed. Beyond 100 values, the rest is counted as `other`.
 *
 *     this.responses = new LabeledCounter('responses_total', 'code');
 *     this.responses.of('403').add();
 */
export class LabeledCounter {
  private values: string[] = [];
  private counters: Counter[] = [];

  /** Nothing is defined before a value of the label is counted. */
  constructor(
    private name: string,
    private label: string,
  ) {}

  /** The counter of a value. */
  of(value: string): Counter {
    let at = this.values.indexOf(value);
    if (at >= 0) return this.counters[at];
    if (this.values.length >= MOST_VALUES && value != 'other') return this.of('other');
    at = this.values.push(value) - 1;
    this.counters.push(new Counter(labeled(this.name, this.label, value)));
    return this.counters[at];
  }
}
