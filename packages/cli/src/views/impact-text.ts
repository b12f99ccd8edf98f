import { type Reach, type TargetPlan, type WaveImpact, printable } from '@wasmcast/core';
import { bounded, count, milliseconds, size } from './text.ts';

/** Of the instances and filters of a wave, so many are named: the plan file has them all. */
const namedAtMost = 5;

/** How far a wave reaches and what it costs; what the wave before it said already is not said again. */
export function impactLines(part: TargetPlan, index: number): readonly string[] {
  const impact = part.impact?.[index];
  if (impact === undefined) return [];
  const before = index === 0 ? undefined : part.impact?.[index - 1];
  const cost = costText(impact);
  return [
    ...podLine(impact),
    `reaches ${reachText(impact)}${failClosedText(impact)}`,
    ...(cost === undefined || (before !== undefined && cost === costText(before)) ? [] : [cost]),
  ];
}

/** Instances that are not simply called like their workload. */
function podLine({ workloads }: WaveImpact): readonly string[] {
  const names = workloads.flatMap(({ workload, instances }) =>
    instances.filter((name) => !workload.endsWith(`/${name}`)),
  );
  return names.length === 0 ? [] : [`instances ${bounded(names.map(printable), namedAtMost)}`];
}

/** `1 of 8 workloads, 2 of 20 instances, 1 of 2 namespaces`. */
function reachText({ reaches, of }: WaveImpact): string {
  const part = (of_: keyof Reach, noun: string): string => `${reaches[of_]} of ${count(of[of_], noun)}`;
  return [part('workloads', 'workload'), part('instances', 'instance'), part('namespaces', 'namespace')].join(
    ', ',
  );
}

/** `; all inbound traffic there depends on api-key, mask-cards (fail-closed)`. */
function failClosedText({ workloads }: WaveImpact): string {
  const all = workloads.flatMap(({ failClosed }) => failClosed);
  const texts = [...Map.groupBy(all, ({ direction }) => direction)].map(([direction, list]) => {
    const filters = [...new Set(list.map(({ filter }) => printable(filter)))];
    return `all ${direction} traffic there depends on ${bounded(filters, namedAtMost)} (fail-closed)`;
  });
  return texts.map((text) => `; ${text}`).join('');
}

/** `each worker of a proxy: up to 3 new VMs, 12 ms of CPU to compile and 3.4 MiB of memory, measured on this machine`. */
function costText({ cost }: WaveImpact): string | undefined {
  if (cost === undefined) return undefined;
  const most = cost.vms === 1 ? '1 new VM' : `up to ${cost.vms} new VMs`;
  return `each worker of a proxy: ${most}, ${milliseconds(cost.compileMs)} of CPU to compile and ${size(cost.memoryBytes)} of memory, measured on this machine`;
}
