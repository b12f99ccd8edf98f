import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {
  type KubeClient,
  type RunningApiServer,
  goProgram,
  startApiServer,
  startRegistry,
} from '@wasmcast/testbed';
import { installWasmcast } from '../installed.ts';
import { type FilterName, filterNames } from './fleet.ts';
import { startKwok } from './kwok.ts';
import { Sidecars } from './sidecars.ts';
import { startStubKubelet } from './stub-kubelet.ts';
import { Measured } from './usage.ts';

/** Everything that is measured with and against: one API server, the commands, and the images of the filters. */
export interface Bed extends AsyncDisposable {
  readonly server: RunningApiServer;
  readonly client: KubeClient;
  /** Manifests and what commands remember are here. */
  readonly folder: string;
  readonly wasmcast: Measured;
  readonly kubectl: Measured;
  readonly helm: Measured;
  readonly sidecars: Sidecars;
  readonly images: Readonly<Record<FilterName, string>>;
  readonly versions: { readonly kwok: string; readonly helm: string };
}

/** Starts it: a real etcd and API server, kwok for the pods, a registry, wasmcast as it is published. */
export async function startBed(say: (line: string) => void): Promise<Bed> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wasmcast-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  say('packing and installing wasmcast, building kwok and helm if they are not there ...');
  const bin = await installWasmcast(folder);
  const helmProgram = await goProgram('helm');
  say('starting the API server, kwok and a registry ...');
  const server = stack.use(await startApiServer());
  const client = stack.use(server.client());
  const registry = stack.use(await startRegistry());
  const sidecars = new Sidecars();
  const kubelet = stack.use(await startStubKubelet(sidecars.page));
  const kwok = stack.use(await startKwok(client, server.kubeconfig, folder, kubelet.port));
  const env = {
    KUBECONFIG: server.kubeconfig,
    WASMCAST_INSECURE_REGISTRIES: registry.host,
    XDG_STATE_HOME: folder,
    HELM_CACHE_HOME: folder,
    HELM_CONFIG_HOME: folder,
    HELM_DATA_HOME: folder,
  };
  const wasmcast = new Measured(folder, env, [process.execPath, bin]);
  const images = {} as Record<FilterName, string>;
  for (const name of filterNames) {
    const source = path.resolve(import.meta.dirname, '../../examples/filters', name);
    await wasmcast.run('build', source, '--out', `${name}.wasm`);
    const pushed = await wasmcast.run('push', `${registry.host}/bench/${name}:1`, `${name}.wasm`);
    images[name] = pushed.stdout.trim();
  }
  const kept = stack.move();
  return {
    server,
    client,
    folder,
    wasmcast,
    // What it discovered of the server is in the folder: empty at its first run, which does not count.
    kubectl: new Measured(folder, env, ['kubectl', '--cache-dir', 'kubectl']),
    helm: new Measured(folder, env, [helmProgram.path]),
    sidecars,
    images,
    versions: { kwok: kwok.version, helm: helmProgram.version },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
