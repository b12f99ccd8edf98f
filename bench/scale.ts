/**
 * A fleet of three filters for 100, 1,000 and 3,000 workloads on a real API server: what plan, apply and verify take, against
 * `kubectl apply --server-side`, helm and a bare loop of writes of the very same objects. kwok plays the pods; a stub kubelet
 * answers for their sidecars. `WASMCAST_SCALE=quick` leaves out what takes longest, `tiny` measures 60 workloads in a minute.
 */
import os from 'node:os';
import process from 'node:process';
import { versions } from '@wasmcast/testbed';
import { publish } from './publish.ts';
import type { WorldSize } from './places.ts';
import { startBed } from './scale/bed.ts';
import { goals, missed, scalePage, type Figures } from './scale/page.ts';
import { measureReading, type Reading } from './scale/reading.ts';
import { type Effort, measureWriting, type Writing } from './scale/writing.ts';

/** So many workloads; rounds, those with helm among them; and pods of each workload for the reading of sidecars. */
interface Measurement extends Effort {
  readonly workloads: number;
  readonly pods: number;
}

const whole: readonly Measurement[] = [
  { workloads: 100, rounds: 5, helm: 2, pods: 10 },
  { workloads: 1000, rounds: 5, helm: 1, pods: 3 },
  { workloads: 3000, rounds: 1, helm: 0, pods: 0 },
];
const quick: readonly Measurement[] = [
  { workloads: 100, rounds: 5, helm: 1, pods: 10 },
  { workloads: 1000, rounds: 1, helm: 0, pods: 0 },
];
const tiny: readonly Measurement[] = [{ workloads: 60, rounds: 2, helm: 1, pods: 2 }];

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const how = process.env['WASMCAST_SCALE'];
await using bed = await startBed(say);
const writing: Writing[] = [];
const reading: Reading[] = [];
const measurements = how === 'tiny' ? tiny : how === 'quick' ? quick : whole;
const load = [os.loadavg()[0] ?? 0];
const kubectl = JSON.parse((await bed.kubectl.run('version', '--client', '-o', 'json')).stdout) as {
  readonly clientVersion: { readonly gitVersion: string };
};
const sizeOf = (workloads: number): WorldSize => ({ workloads, namespaces: 50 });
for (const { workloads, rounds, helm } of measurements) {
  writing.push(await measureWriting(bed, sizeOf(workloads), { rounds, helm }, say));
  await tell();
}
for (const { workloads, pods } of measurements.filter((each) => each.pods > 0)) {
  reading.push(await measureReading(bed, sizeOf(workloads), pods, how === undefined ? 3 : 1, say));
  await tell();
}

/** What has been measured so far: a run that is ended early leaves that. */
async function tell(): Promise<void> {
  load.push(os.loadavg()[0] ?? 0);
  const figures: Figures = {
    writing,
    reading,
    conditions: {
      cores: os.availableParallelism(),
      load,
      node: process.version,
      kubernetes: versions.kubernetes,
      etcd: versions.etcd,
      kubectl: kubectl.clientVersion.gitVersion,
      ...bed.versions,
    },
  };
  const page = scalePage(figures);
  say(`\n${page}`);
  for (const goal of missed(goals(figures))) say(`MISSED: ${goal}`);
  await publish('scale.md', page);
}
