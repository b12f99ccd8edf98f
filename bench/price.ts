/**
 * What a filter costs in Envoy: the same filters by our SDK, the Rust SDK, the Go SDK and an older one for AssemblyScript, and no filter, in one real Envoy with
 * one worker under wrk. Measured is the processor time that Envoy takes for a request, which is steadier than throughput on
 * a shared machine. Goals: ours is at most what Rust's is, and adding a header at most 15 % more than nothing.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { requireComponent, versions } from '@wasmcast/testbed';
import { body, cases } from './price/cases.ts';
import type { Case } from './price/cases.ts';
import { type Crossings, countCrossings } from './price/crossings.ts';
import { load } from './price/load.ts';
import type { Load } from './price/load.ts';
import { type Maker, buildModules, configurationFor, makersOf } from './price/modules.ts';
import { crossingTable, pricePage, priceTable } from './price/page.ts';
import type { Measured, SideName } from './price/page.ts';
import { startProxies } from './price/proxies.ts';
import type { Lane } from './price/proxies.ts';
import { publish } from './publish.ts';

/** Ours and Rust's are nearly alike, and the floor is near, so they are compared more often than the others. */
const rounds = 15;
const roundsOfOthers = 5;
const seconds = 1;
const compared: ReadonlySet<SideName> = new Set(['none', 'wasmcast', 'rust', 'floor']);
/** V8 compiles hot functions once more and better; before that nothing is measured. */
const warmUpSeconds = 3;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
for (const name of ['envoy', 'rust', 'go'] as const) {
  const missing = await requireComponent(name);
  if (missing !== undefined) throw new Error(missing);
}

const titleOf = (one: Case): string => `${one.name} (${one.answers})`;
const laneName = (one: Case, side: SideName): string => `${one.name}-${one.answers}-${side}`;

const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-bench-'));
try {
  say('building the filters ...');
  const moduleOf = await buildModules(cases.map((one) => one.name));
  const lanes: Lane[] = [];
  for (const one of cases) {
    lanes.push({ name: laneName(one, 'none'), answers: one.answers });
    for (const maker of makersOf(one.name)) {
      const file = path.join(folder, `${maker}-${one.name}.wasm`);
      await writeFile(file, moduleOf(maker, one.name));
      const configuration = configurationFor(maker, one.name, one.configuration);
      lanes.push({
        name: laneName(one, maker),
        answers: one.answers,
        filter: { file, rootId: one.name, configuration },
      });
    }
  }
  await using proxies = await startProxies(lanes, body);
  const { proxy } = proxies;
  const all: Measured[] = [];
  for (const one of cases) {
    const urls = new Map<SideName, string>();
    for (const side of ['none', ...makersOf(one.name)] as const)
      urls.set(side, `http://127.0.0.1:${await proxy.listenerPort(laneName(one, side))}${one.path}`);
    const crossings = new Map<Maker, Crossings>();
    for (const maker of makersOf(one.name)) {
      const url = urls.get(maker) ?? '';
      await check(one, maker, url);
      const last = maker === 'floor' ? 'proxy_on_response_headers' : 'proxy_on_delete';
      crossings.set(maker, await countCrossings(proxy, url, one.headers, last));
    }
    all.push({ title: titleOf(one), loads: await measure(one, urls, proxy.pid), crossings });
  }
  say('');
  for (const line of [...priceTable(all), '', ...crossingTable(all)]) say(line);
  const conditions = { envoy: versions.envoy, rounds, roundsOfOthers, seconds };
  await publish('filter-price.md', pricePage(all, conditions));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function check(one: Case, maker: string, url: string): Promise<void> {
  const response = await fetch(url, { headers: one.headers });
  const answer = { status: response.status, headers: response.headers, body: await response.text() };
  if (!one.right(answer)) throw new Error(`${titleOf(one)} by ${maker} answers wrong: ${answer.status}`);
}

/** Each round measures every side once, beginning with another one. */
async function measure(
  one: Case,
  urls: ReadonlyMap<SideName, string>,
  pid: number,
): Promise<Measured['loads']> {
  const sides = [...urls.keys()];
  const all = { none: [], wasmcast: [], rust: [], go: [], solo: [], floor: [] } as Record<SideName, Load[]>;
  const run = (side: SideName, duration: number): Promise<Load> =>
    load(pid, urls.get(side) ?? '', one.headers, duration);
  for (const side of sides) await run(side, warmUpSeconds);
  for (let round = 0; round < rounds; round++) {
    const now = sides.filter((side) => compared.has(side) || round < roundsOfOthers);
    for (const [at] of now.entries()) {
      const side = now[(round + at) % now.length] ?? 'none';
      all[side].push(await run(side, seconds));
    }
    say(`${titleOf(one)}: round ${round + 1}`);
  }
  return all;
}
