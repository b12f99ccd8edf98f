import { Status } from '../abi/status.ts';
import { MetricType } from '../abi/types.ts';
import type { Metric } from '../ports/metrics.ts';
import type { Vm } from '../vm/vm.ts';
import type { HostFunctions } from './imports.ts';

/** The type of a metric stands in the low two bits of its id (cpp-host include/proxy-wasm/wasm.h kMetricTypeMask). */
const typeMask = 3;

/** How many ids one VM may have. Each definition takes one, also of a metric that exists. */
const maxIds = 100_000;

/** Metrics (envoy context.cc defineMetric … getMetric). */
export function metricFunctions(vm: Vm): HostFunctions {
  const metrics = new Map<number, Metric>();
  const next = [0, 1, 2];
  return {
    proxy_define_metric(type: number, nameAt: number, nameSize: number, idAt: number): Status {
      vm.context();
      const name = vm.memory.text(nameAt, nameSize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      if (type >>> 0 > MetricType.Histogram) return Status.BadArgument;
      const metric = metrics.size >= maxIds ? undefined : vm.ports.metrics.define(type, name);
      if (metric === undefined) return Status.InternalFailure;
      // The same name again gets a new id for the same metric.
      const id = ((next[type] as number) += 4);
      metrics.set(id, metric);
      return vm.memory.writeWord(idAt, id) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_increment_metric(id: number, offset: bigint): Status {
      vm.context();
      const type = id & typeMask;
      if (type > MetricType.Gauge) return Status.BadArgument;
      const metric = metrics.get(id >>> 0);
      if (metric === undefined) return Status.NotFound;
      if (type === MetricType.Counter && offset <= 0n) return Status.BadArgument;
      // A gauge below zero wraps around.
      metric.value = BigInt.asUintN(64, metric.value + offset);
      return Status.Ok;
    },
    proxy_record_metric(id: number, value: bigint): Status {
      vm.context();
      const metric = metrics.get(id >>> 0);
      if (metric === undefined) return Status.NotFound;
      const unsigned = BigInt.asUintN(64, value);
      if (metric.type === 'counter') {
        const adds = vm.quirk('counter-record-adds', `proxy_record_metric(${JSON.stringify(metric.name)})`);
        metric.value = adds ? BigInt.asUintN(64, metric.value + unsigned) : unsigned;
      }
      if (metric.type === 'gauge') metric.value = unsigned;
      if (metric.type === 'histogram') {
        metric.count++;
        metric.sum += unsigned;
      }
      return Status.Ok;
    },
    proxy_get_metric(id: number, valueAt: number): Status {
      vm.context();
      if ((id & typeMask) > MetricType.Gauge) return Status.BadArgument;
      const metric = metrics.get(id >>> 0);
      if (metric === undefined) return Status.NotFound;
      return vm.memory.writeLong(valueAt, metric.value) ? Status.Ok : Status.InvalidMemoryAccess;
    },
  };
}
