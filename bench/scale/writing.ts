import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AuditEntry, auditEntries, auditMark, isWrite, type KubeObject } from '@wasmcast/testbed';
import { parseAllDocuments } from 'yaml';
import type { Bed } from './bed.ts';
import { bestConcurrency, writeRaw } from './ceiling.ts';
import { filterNames, writeFleet } from './fleet.ts';
import type { Usage } from './usage.ts';
import { namespacesOf, type WorldSize } from '../places.ts';
import { createWorld } from './world.ts';

/** What was measured while workloads had no pod, so that writing alone takes time. Each list has an entry a round. */
export interface Writing {
  readonly size: WorldSize;
  readonly objects: number;
  readonly rounds: number;
  /** The first plan, and one with nothing to do. */
  readonly plan: readonly Usage[];
  readonly planAgain: readonly Usage[];
  readonly apply: readonly Usage[];
  readonly applyAgain: readonly Usage[];
  readonly remove: readonly Usage[];
  readonly kubectl: readonly Usage[];
  /** Empty unless it was asked for. */
  readonly helm: readonly Usage[];
  /** Writes of one apply by the server's audit log, and of one with nothing to do. */
  readonly writes: number;
  readonly writesAgain: number;
  /** Milliseconds from the first to the last object written, by the audit log. */
  readonly span: readonly number[];
  /** Milliseconds of a bare loop of server-side applies of the same objects. */
  readonly raw: readonly number[];
  readonly concurrency: number;
}

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  /** Rounds with helm too. */
  readonly helm: number;
}

/** Makes the workloads, and writes three filters for each: by wasmcast, kubectl, helm and a bare loop, in turn. */
export async function measureWriting(
  bed: Bed,
  size: WorldSize,
  { rounds, helm }: Effort,
  say: (line: string) => void,
): Promise<Writing> {
  const { client, server, folder, wasmcast, kubectl } = bed;
  await createWorld(client, size);
  await writeFleet(folder, size, bed.images);
  const rendered = (await wasmcast.run('render')).stdout;
  await writeFile(path.join(folder, 'objects.yaml'), rendered);
  await writeChart(folder, rendered);
  const objects = parseAllDocuments(rendered)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
  const clear = async (): Promise<void> => {
    const all = (namespace: string): string =>
      `/apis/extensions.istio.io/v1alpha1/namespaces/${namespace}/wasmplugins`;
    await Promise.all(namespacesOf(size).map((name) => client.request('DELETE', all(name))));
  };
  const sample = objects.slice(0, 300);
  const concurrency = await bestConcurrency(server.access, sample, 'apply', clear);
  const done = {
    plan: [] as Usage[],
    planAgain: [] as Usage[],
    apply: [] as Usage[],
    applyAgain: [] as Usage[],
    remove: [] as Usage[],
    kubectl: [] as Usage[],
    helm: [] as Usage[],
    span: [] as number[],
    raw: [] as number[],
  };
  let writes = 0;
  let writesAgain = 0;
  const ours = async (): Promise<void> => {
    done.plan.push(await wasmcast.run('plan'));
    const before = await auditMark(server);
    done.apply.push(await wasmcast.run('apply'));
    const written = (await auditEntries(server, before, { userAgent: 'wasmcast/' })).filter(isWrite);
    done.span.push(spanOf(written));
    writes = written.length;
    const between = await auditMark(server);
    done.planAgain.push(await wasmcast.run('plan'));
    done.applyAgain.push(await wasmcast.run('apply'));
    writesAgain = (await auditEntries(server, between, { userAgent: 'wasmcast/' })).filter(isWrite).length;
    done.remove.push(await wasmcast.run('remove'));
  };
  const theirs = async (): Promise<void> => {
    done.kubectl.push(await kubectl.run('apply', '--server-side', '-f', 'objects.yaml'));
    await clear();
  };
  const bare = async (): Promise<void> => {
    done.raw.push(await writeRaw(server.access, objects, 'apply', concurrency));
    await clear();
  };
  for (let round = 1; round <= rounds; round++) {
    const sides = [bare, ours, theirs];
    for (const side of round % 2 === 1 ? sides : sides.toReversed()) await side();
    if (round <= helm) {
      done.helm.push(await bed.helm.run('install', 'scale', 'chart', '--namespace', 'default'));
      await bed.helm.run('uninstall', 'scale', '--namespace', 'default');
      await clear();
    }
    const last = (list: readonly Usage[]): string => `${((list.at(-1)?.wallMs ?? 0) / 1000).toFixed(1)} s`;
    say(
      `${size.workloads} workloads, round ${round}: apply ${last(done.apply)}, kubectl ${last(done.kubectl)}, bare ${((done.raw.at(-1) ?? 0) / 1000).toFixed(1)} s`,
    );
  }
  return {
    size,
    objects: size.workloads * filterNames.length,
    rounds,
    writes,
    writesAgain,
    concurrency,
    ...done,
  };
}

/** Between the first and the last answer to a write of an object of the batch. */
function spanOf(written: readonly AuditEntry[]): number {
  const times = written.filter(({ resource }) => resource.endsWith('/wasmplugins')).map(({ at }) => at);
  return Math.max(...times) - Math.min(...times);
}

async function writeChart(folder: string, rendered: string): Promise<void> {
  const chart = path.join(folder, 'chart');
  await mkdir(path.join(chart, 'templates'), { recursive: true });
  await writeFile(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: scale\nversion: 0.1.0\n');
  await writeFile(path.join(chart, 'templates', 'objects.yaml'), rendered);
}
