import { median, spread, spreadText } from '../rounds.ts';
import type { Reading } from './reading.ts';
import type { Usage } from './usage.ts';
import type { Writing } from './writing.ts';

/** All that was measured, smallest size first. */
export interface Figures {
  readonly writing: readonly Writing[];
  readonly reading: readonly Reading[];
  readonly conditions: {
    readonly cores: number;
    /** Load averages of the machine, ours included, from the start to the end. */
    readonly load: readonly number[];
    readonly node: string;
    readonly kubernetes: string;
    readonly etcd: string;
    readonly kubectl: string;
    readonly kwok: string;
    readonly helm: string;
  };
}

/** What shall be reached, and whether it was. */
export interface Goal {
  readonly text: string;
  readonly isMet: boolean;
}

/** The size that goals speak of. */
const goalSize = 1000;
/** Of fewer rounds no ratio is judged. */
const fairRounds = 5;

const wall = (list: readonly Usage[]): readonly number[] => list.map(({ wallMs }) => wallMs / 1000);
const cpu = (list: readonly Usage[]): readonly number[] => list.map(({ cpuMs }) => cpuMs / 1000);
const rss = (list: readonly Usage[]): readonly number[] => list.map(({ rssMiB }) => rssMiB);
const ratios = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.map((each, i) => each / (b[i] ?? Number.NaN));
const text = (list: readonly number[], digits = 1): string =>
  list.length === 0 ? '' : spreadText(spread(list), digits);

/** How many times longer kubectl takes than the whole of an apply. */
const againstKubectl = (w: Writing): readonly number[] => ratios(wall(w.kubectl), wall(w.apply));
/** How fast objects come while they are written, as a share of what a bare loop reaches. */
const ofCeiling = (w: Writing): readonly number[] => ratios(w.raw, w.span);
const ofCeilingWhole = (w: Writing): readonly number[] =>
  ratios(
    w.raw,
    w.apply.map(({ wallMs }) => wallMs),
  );

/** The goals, judged by medians; those of a size that was not measured are left out. */
export function goals({ writing, reading }: Figures): readonly Goal[] {
  const w = writing.find(({ size }) => size.workloads === goalSize);
  const largest = reading.filter(({ size }) => size.workloads === goalSize).at(-1);
  const met = (name: string, value: number, goal: string, isMet: boolean, digits = 2): Goal => ({
    text: `${name}: ${value.toFixed(digits)}, goal ${goal}`,
    isMet,
  });
  const all: Goal[] = writing.flatMap(({ size, writes, writesAgain, objects }) => {
    const each = writes / objects;
    return [
      met(`writes an object, ${size.workloads} workloads`, each, 'at most 1.05', each <= 1.05),
      met(`writes of the second run, ${size.workloads} workloads`, writesAgain, '0', writesAgain === 0, 0),
    ];
  });
  if (w !== undefined) {
    const first = median(cpu(w.plan));
    const again = median(cpu(w.planAgain));
    const faster = median(againstKubectl(w));
    const share = median(ofCeiling(w));
    const memory = Math.max(...rss([...w.plan, ...w.apply, ...w.planAgain, ...w.applyAgain]));
    all.push(
      met('CPU seconds of the first plan', first, 'under 2', first < 2),
      met('CPU seconds of a plan with nothing to do', again, 'under 2', again < 2),
      met('MiB of memory of plan and apply', memory, 'under 300', memory < 300, 0),
    );
    // One round on a machine that others use says nothing of a ratio.
    if (w.rounds >= fairRounds)
      all.push(
        met('kubectl’s time over that of apply', faster, 'at least 2', faster >= 2),
        met('share of the bare loop’s rate while writing', share, 'at least 0.9', share >= 0.9),
      );
  }
  if (largest !== undefined) {
    const plan = median(cpu(largest.plan));
    const memory = Math.max(...rss([...largest.plan, ...largest.verify, ...largest.apply]));
    all.push(
      met(`CPU seconds of a plan with ${largest.pods} pods`, plan, 'under 2', plan < 2),
      met(`MiB of memory with ${largest.pods} pods`, memory, 'under 300', memory < 300, 0),
    );
  }
  return all;
}

/** The goals that were not reached. */
export function missed(all: readonly Goal[]): readonly string[] {
  return all.filter(({ isMet }) => !isMet).map((goal) => goal.text);
}

/** How everything grows with the number of workloads. */
export function growthTable(writing: readonly Writing[]): readonly string[] {
  const rows: readonly (readonly [string, (w: Writing) => readonly Usage[]])[] = [
    ['plan, nothing there', (w) => w.plan],
    ['apply', (w) => w.apply],
    ['plan, nothing to do', (w) => w.planAgain],
    ['apply, nothing to do', (w) => w.applyAgain],
    ['remove', (w) => w.remove],
  ];
  return [
    '| command | workloads | objects | seconds | of them CPU | MiB |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.flatMap(([name, of]) =>
      writing.map(
        (w) =>
          `| ${name} | ${w.size.workloads} | ${w.objects} | ${text(wall(of(w)))} | ${text(cpu(of(w)), 2)} | ${text(rss(of(w)), 0)} |`,
      ),
    ),
  ];
}

/** The others, writing the same objects. */
export function peerTable(writing: readonly Writing[]): readonly string[] {
  const row = (w: Writing, name: string, seconds: readonly number[]): string =>
    `| ${w.size.workloads} | ${name} | ${text(seconds)} | ${text(
      seconds.map((each) => w.objects / each),
      0,
    )} | ${text(ratios(seconds, wall(w.apply)), 2)} |`;
  return [
    '| workloads | by | seconds | objects a second | of the time of `wasmcast apply` |',
    '| --- | --- | --- | --- | --- |',
    ...writing.flatMap((w) => [
      row(w, '`wasmcast apply`', wall(w.apply)),
      row(w, '`kubectl apply --server-side`', wall(w.kubectl)),
      ...(w.helm.length === 0 ? [] : [row(w, `\`helm install\` (${w.helm.length} rounds)`, wall(w.helm))]),
      row(
        w,
        `a bare loop, ${w.concurrency} at a time`,
        w.raw.map((each) => each / 1000),
      ),
    ]),
  ];
}

/** Writes by the audit log, and what of the bare loop's rate is reached. */
export function writesTable(writing: readonly Writing[]): readonly string[] {
  return [
    '| workloads | objects | writes of an apply | writes of the second | of the bare loop’s rate: while writing | the whole command |',
    '| --- | --- | --- | --- | --- | --- |',
    ...writing.map(
      (w) =>
        `| ${w.size.workloads} | ${w.objects} | ${w.writes} (${(w.writes / w.objects).toFixed(3)} an object) | ${w.writesAgain} | ${text(ofCeiling(w), 2)} | ${text(ofCeilingWhole(w), 2)} |`,
    ),
  ];
}

/** What reading the sidecars takes. */
export function readingTable(reading: readonly Reading[]): readonly string[] {
  const cells = (list: readonly Usage[]): string =>
    `${text(wall(list))} | ${text(cpu(list), 2)} | ${text(rss(list), 0)}`;
  return [
    '| command | workloads | sidecars | seconds | of them CPU | MiB |',
    '| --- | --- | --- | --- | --- | --- |',
    ...reading.flatMap((r) => [
      `| plan, nothing to do | ${r.size.workloads} | ${r.pods} | ${cells(r.plan)} |`,
      `| verify | ${r.size.workloads} | ${r.pods} | ${cells(r.verify)} |`,
      `| apply, nothing to do | ${r.size.workloads} | ${r.pods} | ${cells(r.apply)} |`,
    ]),
  ];
}

/** Everything as a page for docs/. */
export function scalePage(figures: Figures): string {
  const { writing, reading, conditions } = figures;
  const { cores, load, node, kubernetes, etcd, kubectl, kwok, helm } = conditions;
  const rounds = writing.map((w) => `${w.rounds} with ${w.size.workloads} workloads`).join(', ');
  const judged = goals(figures);
  const list = (isMet: boolean): readonly string[] =>
    judged.filter((goal) => goal.isMet === isMet).map((goal) => `- ${goal.text}`);
  return `# What a large fleet takes

Generated by \`npm run bench -- scale --write\`.

A fleet of three filters for every workload, each filter on each workload an object of its own, on a real API server
(Kubernetes ${kubernetes}, etcd ${etcd}, without Istio's webhooks): Deployments in 50 namespaces, whose pods kwok ${kwok} plays.
The commands are the published ones, packed and installed, each a whole process that the operating system measures (CPU: user and
system, its children included; memory: the largest resident set). Everything runs on one machine with ${cores} cores, Node ${node},
so the API server and the one who writes share them. A cell has the median, and the lowest and highest. Rounds, the sides in
turn: ${rounds}.

The load average of the machine was ${load.map((each) => each.toFixed(0)).join(', ')} while this was measured; where that is above ${cores + 2}, others
used it too, so that seconds are longer than they need be. Ratios are taken within a round and counts do not mind.

## Goals

Those of time and memory are goals for ${goalSize} workloads, and are judged only where that size was measured;
ratios only of ${fairRounds} rounds or more.

Met:

${list(true).join('\n') || '- none'}

Missed:

${list(false).join('\n') || '- none'}

## How it grows

Without pods: what is written is all that takes time. Planning reads the manifest, asks the registry for the images, runs each
filter with its configuration, and reads the cluster.

${growthTable(writing).join('\n')}

## Against others

The same objects, as \`wasmcast render\` prints them, written by kubectl ${kubectl} and by helm ${helm}, and by a bare loop: kept-alive
connections, server-side apply, nothing else, with as many at a time as the server takes fastest. wasmcast plans, takes a
lock, keeps a journal on disk, records a revision, and looks whether it is still alone; kubectl reads a file and writes.

${peerTable(writing).join('\n')}

${writesTable(writing).join('\n')}

"While writing" is from the first to the last object in the audit log.

## Reading the sidecars

${reading.length === 0 ? 'Not measured in this run.' : readingText(reading)}
`;
}

function readingText(reading: readonly Reading[]): string {
  return `Every pod with a sidecar, read through the API server's port-forward from a stub kubelet, which answers with pages of Envoy's
admin interface as large as recorded ones (listeners 25 KB, server info 127 KB). A verify reads five pages of each and its log.
The stub shares the machine too.

${readingTable(reading).join('\n')}
`;
}
