/**
 * What the host costs: against a Proxy-Wasm host and a test harness on wazero, by the processor time of a request and of a
 * test with an instance of its own; and its data plane against Envoy with one worker. Goals: a fifth of the other's, 1 µs for
 * a request and 150 ns for a header; at least half of Envoy's requests a second.
 */
import process from 'node:process';
import { requireComponent, versions } from '@wasmcast/testbed';
import { measureDataPlane } from './host/data-plane.ts';
import { buildAddHeader } from './host/module.ts';
import { hostPage, hostTable, planeTable, type HostFigures } from './host/page.ts';
import { ourSide, type Side, wazeroSide } from './host/sides.ts';
import { publish } from './publish.ts';

const rounds = 7;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
for (const name of ['envoy', 'go'] as const) {
  const missing = await requireComponent(name);
  if (missing !== undefined) throw new Error(missing);
}

const wasm = await buildAddHeader();
const figures = await measureHosts(wasm);
for (const line of hostTable(figures)) say(line);
const plane = await measureDataPlane(wasm, rounds, (round) => say(`data plane: round ${round}`));
for (const line of planeTable(plane)) say(line);
const conditions = { rounds, envoy: versions.envoy, node: process.version };
await publish('host-price.md', hostPage(figures, plane, conditions));

/** In each round every side does the same, in turn. */
async function measureHosts(module: Uint8Array): Promise<HostFigures> {
  const ours = await ourSide(module);
  await using wazero = await wazeroSide(module);
  const all: Record<keyof HostFigures, { ours: number[]; wazero: number[] }> = {
    request: { ours: [], wazero: [] },
    get: { ours: [], wazero: [] },
    set: { ours: [], wazero: [] },
    isolated: { ours: [], wazero: [] },
    guarded: { ours: [], wazero: [] },
    fresh: { ours: [], wazero: [] },
  };
  // The first round is the warming up.
  for (let round = 0; round <= rounds; round++) {
    const one = await measureRound(ours, wazero.side, round);
    if (round === 0) continue;
    for (const [name, { ours: a, wazero: b }] of Object.entries(one)) {
      const series = all[name as keyof HostFigures];
      series.ours.push(a);
      series.wazero.push(b);
    }
    say(`hosts: round ${round}`);
  }
  return all;
}

type Round = Readonly<Record<keyof HostFigures, Pair>>;

/** Nanoseconds. */
interface Pair {
  readonly ours: number;
  readonly wazero: number;
}

async function measureRound(ours: Side, wazero: Side, round: number): Promise<Round> {
  const both = async (what: readonly [string, string], count: number, others = count): Promise<Pair> => {
    // Who comes first changes.
    if (round % 2 === 0) return { ours: await ours(what[0], count), wazero: await wazero(what[1], others) };
    const second = await wazero(what[1], others);
    return { ours: await ours(what[0], count), wazero: second };
  };
  const request = await both(['add', 'add'], 200_000);
  const hundred = async (what: string): Promise<Pair> => {
    const { ours: a, wazero: b } = await both([what, what], 3_000);
    return { ours: (a - request.ours) / 100, wazero: (b - request.wazero) / 100 };
  };
  return {
    request,
    get: await hundred('get'),
    set: await hundred('set'),
    isolated: await both(['isolated', 'harness'], 1_000, 200),
    guarded: await both(['guarded', 'harness'], 1_000, 200),
    fresh: await both(['isolated', 'isolated'], 1_000),
  };
}
