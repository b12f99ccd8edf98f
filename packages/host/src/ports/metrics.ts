import { MetricType } from '../abi/types.ts';

/** A metric that filters have defined. Envoy exposes it as `wasmcustom.<name>`. */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Of a counter or gauge: an unsigned 64-bit number. */
  value: bigint;
  /** Of a histogram: how many values, and their sum. */
  count: bigint;
  sum: bigint;
}

const types = ['counter', 'gauge', 'histogram'] as const;

/** How many different metrics can be defined; beyond it a definition fails. */
const maxMetrics = 100_000;

/** The metrics of one or several plugins: the same type and name is the same metric. */
export class Metrics {
  readonly #byKey = new Map<string, Metric>();

  /** Finds or makes a metric; `undefined` when there are too many. `type` is a value of `MetricType`. */
  define(type: number, name: string): Metric | undefined {
    const key = `${type} ${name}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byKey.size >= maxMetrics) return undefined;
    const metric: Metric = {
      name,
      type: types[type] ?? types[MetricType.Counter],
      value: 0n,
      count: 0n,
      sum: 0n,
    };
    this.#byKey.set(key, metric);
    return metric;
  }

  /** All metrics in the order of their definition. */
  all(): readonly Readonly<Metric>[] {
    return [...this.#byKey.values()];
  }

  /** The value of a counter or gauge, the number of values of a histogram; `undefined` if there is no such metric. */
  value(name: string): bigint | undefined {
    const metric = this.all().find((m) => m.name === name);
    return metric?.type === 'histogram' ? metric.count : metric?.value;
  }
}
