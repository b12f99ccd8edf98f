import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requireComponent, skipNote, startEnvoy, type RunningEnvoy } from '@wasmcast/testbed';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { compileModule, FilterChain, ProxyWorkers, type FilterModule, type Plugin } from '../src/index.ts';
import { exchange } from '../src/testing/index.ts';
import { compileFilter } from './compile.ts';
import { bootstrapOf, httpListener } from './envoy/bootstrap.ts';
import { send } from './envoy/client.ts';
import { Upstream } from './envoy/upstream.ts';

const missing = await requireComponent('envoy');

/** The configurations of two filters of one vm_id, one after the other; each is met by two requests. */
const changes = [
  ['a', 'b'],
  ['a', 'refuse'],
  ['a', 'c'],
  ['d', 'c'],
  ['d', 'd'],
] as const;

/** What the responses say: the filters count in one memory, through every change, and a refused one changes nothing. */
const expected = [
  ['b:1, a:2', 'b:3, a:4'],
  ['b:5, a:6', 'b:7, a:8'],
  ['c:9, a:10', 'c:11, a:12'],
  ['c:13, d:14', 'c:15, d:16'],
  ['d:17, d:18', 'd:19, d:20'],
];

describe('two filters of one vm_id', () => {
  let wasm: Uint8Array;
  beforeAll(async () => {
    wasm = await compileFilter('counting');
  }, 60_000);

  test.skipIf(missing !== undefined)(
    `share a VM in Envoy${skipNote(missing)}`,
    { timeout: 120_000 },
    async () => {
      await using proxy = await ReconfiguredEnvoy.start(wasm, changes[0]);
      const seen: string[][] = [];
      for (const [i, change] of changes.entries()) {
        if (i > 0) await proxy.change(change);
        seen.push([await proxy.counts(), await proxy.counts()]);
      }
      expect(seen).toEqual(expected);
    },
  );

  test('share a VM in this host', async () => {
    const compiled = await compileModule(wasm);
    if (compiled.kind !== 'module') throw new Error(compiled.reasons.join());
    const proxy = new ReconfiguredHost(compiled.module);
    const seen: string[][] = [];
    for (const change of changes) {
      proxy.change(change);
      seen.push([await proxy.counts(), await proxy.counts()]);
    }
    expect(seen).toEqual(expected);
  });
});

/** A proxy in this host: a chain is replaced when all its filters have started, and closed then. */
class ReconfiguredHost {
  readonly #module: FilterModule;
  readonly #proxy = new ProxyWorkers(1);
  #plugins: readonly Plugin[] = [];

  constructor(module: FilterModule) {
    this.#module = module;
  }

  change(configurations: readonly string[]): void {
    const next: Plugin[] = [];
    for (const [i, configuration] of configurations.entries()) {
      const result = this.#proxy.load({
        module: this.#module,
        name: `filter-${i}`,
        vmId: 'shared',
        configuration: Buffer.from(configuration),
      });
      if (result.kind !== 'ready') {
        for (const plugin of next) plugin.close();
        return;
      }
      next.push(result.workers[0] as Plugin);
    }
    for (const plugin of this.#plugins) plugin.close();
    this.#plugins = next;
  }

  async counts(): Promise<string> {
    const { response } = await exchange(new FilterChain(this.#plugins), {}, { upstream: { status: 200 } });
    return (response?.pairs ?? []).flatMap(([name, value]) => (name === 'x-count' ? [value] : [])).join(', ');
  }
}

/** An Envoy that gets its listener from a file. */
class ReconfiguredEnvoy implements AsyncDisposable {
  readonly #folder: string;
  readonly #upstream: Upstream;
  #envoy!: RunningEnvoy;

  private constructor(folder: string, upstream: Upstream) {
    this.#folder = folder;
    this.#upstream = upstream;
  }

  static async start(wasm: Uint8Array, configurations: readonly string[]): Promise<ReconfiguredEnvoy> {
    const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-shared-vm-'));
    const proxy = new ReconfiguredEnvoy(folder, await Upstream.start());
    await writeFile(path.join(folder, 'counting.wasm'), wasm);
    await proxy.#write(configurations);
    const bootstrap = JSON.parse(bootstrapOf([], [{ name: 'up', port: proxy.#upstream.port }])) as object;
    const file = path.join(folder, 'listeners.json');
    const lds = { path_config_source: { path: file }, resource_api_version: 'V3' };
    const dynamic = { node: { cluster: 'test' }, dynamic_resources: { lds_config: lds } };
    proxy.#envoy = await startEnvoy(JSON.stringify({ ...bootstrap, ...dynamic }), { timeoutMs: 60_000 });
    return proxy;
  }

  /** Puts another listener in the place of the one that is there, and waits until Envoy has taken or refused it. */
  async change(configurations: readonly string[]): Promise<void> {
    const stats = ['lds.update_rejected', 'total_filter_chains_draining'];
    const look = (): Promise<string> =>
      this.#envoy.adminGet(`/stats?filter=listener_manager\\.(${stats.join('|')})`);
    const before = await look();
    await this.#write(configurations);
    const changed = async (): Promise<void> => {
      if ((await look()) === before) throw new Error('Envoy has not looked at the new listener');
    };
    await vi.waitFor(changed, { timeout: 20_000 });
  }

  async counts(): Promise<string> {
    const answer = await send(await this.#envoy.listenerPort('counting'), {});
    if (typeof answer !== 'object') throw new Error(answer);
    return answer.headers
      .flatMap((line) => (line.startsWith('x-count: ') ? [line.slice('x-count: '.length)] : []))
      .join(', ');
  }

  async #write(configurations: readonly string[]): Promise<void> {
    const listener = httpListener(
      'counting',
      configurations.map((configuration, i) => ({
        name: `filter-${i}`,
        vmId: 'shared',
        file: path.join(this.#folder, 'counting.wasm'),
        configuration,
      })),
    );
    const resource = { '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener', ...listener };
    // Envoy watches for files that are moved into the folder.
    const written = path.join(this.#folder, 'listeners.new');
    await writeFile(written, JSON.stringify({ resources: [resource] }));
    await rename(written, path.join(this.#folder, 'listeners.json'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#envoy.stop();
    await this.#upstream[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
