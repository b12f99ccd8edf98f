import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import {
  type GoProgram,
  ensurePackages,
  goProgram,
  imagePackages,
  startRegistry,
  stderrSink,
} from '@wasmcast/testbed';
import { appendCustomSection } from '../../packages/wasm/src/module/append-section.ts';
import { installWasmcast } from '../installed.ts';
import type { Side } from '../rounds.ts';

const run = promisify(execFile);
const filter = path.resolve(import.meta.dirname, '../../examples/filters/add-header');
const artifact = 'application/vnd.module.wasm';

/** A registry, and the programs that are compared, in a folder that goes with them. */
export class Bed implements AsyncDisposable {
  readonly versions: string;
  readonly #folder: string;
  readonly #registry: string;
  readonly #bin: string;
  readonly #tools: Readonly<Record<'crane' | 'oras', GoProgram>>;
  readonly #stack: AsyncDisposableStack;
  #images = 0;

  private constructor(
    folder: string,
    registry: string,
    bin: string,
    tools: Readonly<Record<'crane' | 'oras', GoProgram>>,
    skopeo: string,
    stack: AsyncDisposableStack,
  ) {
    this.#folder = folder;
    this.#registry = registry;
    this.#bin = bin;
    this.#tools = tools;
    this.#stack = stack;
    this.versions = `Node ${process.version}, crane ${tools.crane.version}, oras ${tools.oras.version} and ${skopeo}`;
  }

  static async open(): Promise<Bed> {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'wasmcast-bench-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const bin = await installWasmcast(folder);
    const [crane, oras] = await Promise.all([goProgram('crane'), goProgram('oras')]);
    await ensurePackages(imagePackages, { emit: stderrSink });
    const skopeo = (await run('skopeo', ['--version'])).stdout.trim().replace(' version', '');
    const { host } = stack.use(await startRegistry());
    await run(process.execPath, [bin, 'build', filter, '--out', 'filter.wasm'], { cwd: folder });
    await writeFile(path.join(folder, 'config.json'), '{}');
    return new Bed(folder, host, bin, { crane, oras }, skopeo, stack.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** The two sides of a comparison with modules of so many bytes. */
  async sides(
    what: 'push' | 'pull',
    peer: 'crane' | 'oras',
    bytes: number,
  ): Promise<{ readonly ours: Side; readonly theirs: Side }> {
    const layout = peer === 'crane' ? 'oci' : 'oci-artifact';
    const theirPush = (ref: string): Promise<number> =>
      peer === 'crane' ? this.#craneAppend(ref) : this.#orasPush(ref);
    const pushed = `${this.#registry}/bench/pulled:${bytes}-${layout}`;
    if (what === 'push') {
      const fresh = (push: (reference: string) => Promise<number>) => async (): Promise<number> => {
        await this.#module(bytes);
        return await push(`${this.#registry}/bench/image-${(this.#images += 1)}:1`);
      };
      return {
        ours: {
          name: 'wasmcast',
          run: fresh((ref) => this.#ours('push', ref, 'plugin.wasm', '--layout', layout)),
        },
        theirs: { name: peer, run: fresh(theirPush) },
      };
    }
    await this.#module(bytes);
    await this.#ours('push', pushed, 'plugin.wasm', '--layout', layout);
    const emptied = (pull: () => Promise<number>) => async (): Promise<number> => {
      await rm(path.join(this.#folder, 'cache'), { recursive: true, force: true });
      await rm(path.join(this.#folder, 'out'), { recursive: true, force: true });
      return await pull();
    };
    const theirPull =
      peer === 'crane'
        ? ['export', pushed, 'out', '--insecure']
        : ['pull', '--plain-http', '-o', 'out', pushed];
    return {
      ours: { name: 'wasmcast', run: emptied(() => this.#ours('pull', pushed, 'out')) },
      theirs: { name: peer, run: emptied(() => this.#timed(this.#tools[peer].path, theirPull)) },
    };
  }

  /** The two sides of copying an image of so many bytes between an OCI layout folder and the registry. */
  async copies(way: 'to' | 'from', bytes: number): Promise<{ readonly ours: Side; readonly theirs: Side }> {
    const pushed = `${this.#registry}/bench/copied:${bytes}`;
    const prepare = async (): Promise<void> => {
      await this.#module(bytes);
      await this.#ours('push', pushed, 'plugin.wasm');
      await rm(path.join(this.#folder, 'layout'), { recursive: true, force: true });
      await this.#ours('copy', pushed, 'oci:layout:1');
    };
    const skopeo = (...args: readonly string[]): Promise<number> =>
      this.#timed('skopeo', ['copy', '--insecure-policy', ...args]);
    if (way === 'to') {
      // skopeo remembers where in a registry it has put a layer, and has it mounted: it is another one each time.
      const fresh = (copy: (reference: string) => Promise<number>) => async (): Promise<number> => {
        await prepare();
        return await copy(`${this.#registry}/bench/copy-${(this.#images += 1)}:1`);
      };
      return {
        ours: { name: 'wasmcast', run: fresh((ref) => this.#ours('copy', 'oci:layout:1', ref)) },
        theirs: {
          name: 'skopeo',
          run: fresh((ref) => skopeo('--dest-tls-verify=false', 'oci:layout:1', `docker://${ref}`)),
        },
      };
    }
    await prepare();
    const emptied = (copy: () => Promise<number>) => async (): Promise<number> => {
      for (const folder of ['cache', 'out'])
        await rm(path.join(this.#folder, folder), { recursive: true, force: true });
      return await copy();
    };
    return {
      ours: { name: 'wasmcast', run: emptied(() => this.#ours('copy', pushed, 'oci:out:1')) },
      theirs: {
        name: 'skopeo',
        run: emptied(() => skopeo('--src-tls-verify=false', `docker://${pushed}`, 'oci:out:1')),
      },
    };
  }

  /** The largest resident set of a push and of a pull of a module of so many bytes, in MiB. */
  async memory(bytes: number): Promise<{ readonly push: number; readonly pull: number }> {
    await this.#module(bytes);
    const reference = `${this.#registry}/bench/weighed-${(this.#images += 1)}:1`;
    const weigh = async (...args: readonly string[]): Promise<number> => {
      await this.#timed('/usr/bin/time', ['-f', '%M', '-o', 'rss.txt', process.execPath, this.#bin, ...args]);
      return Number(await readFile(path.join(this.#folder, 'rss.txt'), 'utf8')) / 1024;
    };
    const push = await weigh('push', reference, 'plugin.wasm');
    for (const place of ['cache', 'out'])
      await rm(path.join(this.#folder, place), { recursive: true, force: true });
    return { push, pull: await weigh('pull', reference, 'out') };
  }

  /** A filter that works, with random bytes behind: no compression makes it smaller, and no registry has it. */
  async #module(bytes: number): Promise<void> {
    const code = await readFile(path.join(this.#folder, 'filter.wasm'));
    const module = appendCustomSection(code, 'random', randomBytes(bytes - code.length));
    await writeFile(path.join(this.#folder, 'plugin.wasm'), module);
    await run('tar', ['-cf', 'layer.tar', 'plugin.wasm'], { cwd: this.#folder });
  }

  #ours(...args: readonly string[]): Promise<number> {
    return this.#timed(process.execPath, [this.#bin, ...args]);
  }

  #craneAppend(reference: string): Promise<number> {
    const args = ['append', '--oci-empty-base', '--insecure', '-f', 'layer.tar', '-t', reference];
    return this.#timed(this.#tools.crane.path, args);
  }

  #orasPush(reference: string): Promise<number> {
    const layers = [
      `config.json:${artifact}.config.v1+json`,
      `plugin.wasm:${artifact}.content.layer.v1+wasm`,
    ];
    return this.#timed(this.#tools.oras.path, ['push', '--plain-http', reference, ...layers]);
  }

  /** Milliseconds of wall time of a process. */
  async #timed(program: string, args: readonly string[]): Promise<number> {
    const folder = this.#folder;
    const env = {
      ...process.env,
      HOME: folder,
      XDG_CACHE_HOME: path.join(folder, 'cache'),
      WASMCAST_INSECURE_REGISTRIES: this.#registry,
    };
    const began = performance.now();
    await run(program, args, { cwd: folder, env });
    return performance.now() - began;
  }
}
