import {
  type Chain,
  type InstanceVerdict,
  isLive,
  printable,
  shortDigest,
  workloadAddress,
} from '@wasmcast/core';
import { type Paint, columns, count } from './text.ts';

/** What every instance of a target runs: a line for each filter of each instance. */
export function statusText(
  target: string,
  expected: readonly Chain[],
  verdicts: readonly InstanceVerdict[],
  p: Paint,
): string {
  const digests = new Map(
    expected.flatMap((chain) =>
      chain.filters.map((f) => [
        `${workloadAddress(chain.workload)} ${chain.direction} ${f.name}`,
        shortDigest(f.moduleDigest),
      ]),
    ),
  );
  const rows = [['WORKLOAD', 'INSTANCE', 'FILTER', 'MODULE', 'VERDICT', ''].map((title) => p.bold(title))];
  for (const { instance, filters } of verdicts) {
    const workload = workloadAddress(instance.workload);
    for (const f of filters) {
      rows.push([
        printable(workload.slice(target.length + 1)),
        printable(instance.name),
        printable(f.filter),
        digests.get(`${workload} ${f.direction} ${f.filter}`) ?? '-',
        f.verdict === 'live' ? p.green(f.verdict) : p.red(f.verdict),
        // What is live was seen live by its digest, which stands there already.
        f.verdict === 'live' ? '' : printable(f.evidence ?? ''),
      ]);
    }
  }
  const live = verdicts.filter(isLive).length;
  const table = rows.length === 1 ? '' : `${columns(rows)}\n`;
  if (verdicts.length === 0)
    return `${p.bold(`target ${target}`)}: the fleet is on no instance: nothing can be seen live\n`;
  const sum = `${live} of ${count(verdicts.length, 'instance')} live`;
  return `${p.bold(`target ${target}`)}\n${table}${live === verdicts.length ? p.green(sum) : p.red(sum)}\n`;
}
