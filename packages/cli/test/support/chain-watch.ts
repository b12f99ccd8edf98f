import { setTimeout as delay } from 'node:timers/promises';
import { AdminTunnel } from './admin-tunnel.ts';
import type { PodWatch, WatchedPod } from './pod-watch.ts';

const everyMs = 200;

interface Dump {
  readonly configs?: readonly {
    readonly active_state?: { readonly listener?: unknown };
    readonly warming_state?: { readonly listener?: unknown };
    readonly error_state?: { readonly details?: string };
    readonly ecds_filter?: { readonly name?: string; readonly typed_config?: { readonly '@type'?: string } };
  }[];
}

interface HttpFilter {
  readonly name: string;
  readonly typed_config?: {
    readonly config?: { readonly vm_config?: { readonly code?: { readonly local?: { filename?: string } } } };
  };
  readonly config_discovery?: unknown;
}

/**
 * Reads the inbound listener of every sidecar of a namespace five times a second, from its first to its last moment, and
 * says what was wrong in any of these readings.
 */
export class ChainWatch implements AsyncDisposable {
  /** What no proxy must ever show, once each, with the pod. */
  readonly faults = new Set<string>();
  /** Every chain that was seen of ours, as `pod: one two`, in the order in which it appeared. */
  readonly seen = new Set<string>();
  readings = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #order: readonly string[];

  /** `order`: the names of the filters, as they must follow one another wherever several of them are. */
  constructor(kubeconfig: string, namespace: string, pods: PodWatch, order: readonly string[]) {
    this.#order = order;
    this.#running = this.#run(kubeconfig, namespace, pods);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(kubeconfig: string, namespace: string, pods: PodWatch): Promise<void> {
    const { signal } = this.#stop;
    const watched = new Map<string, Promise<void>>();
    while (!signal.aborted) {
      for (const pod of pods.all) {
        if (!watched.has(pod.metadata.name))
          watched.set(pod.metadata.name, this.#follow(kubeconfig, namespace, pod, pods));
      }
      await pause(signal);
    }
    await Promise.all(watched.values());
  }

  async #follow(kubeconfig: string, namespace: string, pod: WatchedPod, pods: PodWatch): Promise<void> {
    const { signal } = this.#stop;
    const { name } = pod.metadata;
    await using tunnel = await AdminTunnel.open(kubeconfig, namespace, name);
    while (!signal.aborted && pods.all.some(({ metadata }) => metadata.name === name)) {
      // A sidecar that has not begun to answer, or has ended, has no chain.
      await this.#read(tunnel, pod).catch(() => undefined);
      await pause(signal);
    }
  }

  async #read(tunnel: AdminTunnel, pod: WatchedPod): Promise<void> {
    const listeners = await this.#page(tunnel, 'dynamic_listeners&name_regex=virtualInbound');
    this.readings += 1;
    const discovered = new Set<string>();
    for (const { active_state: active, warming_state: warming, error_state: error } of listeners.configs ??
      []) {
      if (error?.details !== undefined) this.#fault(pod, `Envoy refused an update: ${error.details}`);
      for (const listener of [active?.listener, warming?.listener]) {
        for (const chain of chainsOf(listener)) this.#judge(pod, chain);
      }
      for (const { name, config_discovery: by } of chainsOf(active?.listener).flat())
        if (by !== undefined && this.#nameOf(name) !== undefined) discovered.add(name);
    }
    if (discovered.size > 0) await this.#judgeDiscovered(tunnel, pod, discovered);
  }

  #judge(pod: WatchedPod, chain: readonly HttpFilter[]): void {
    const names = chain.flatMap(({ name }) => this.#nameOf(name) ?? []);
    const places = names.map((name) => this.#order.indexOf(name));
    if (places.some((place, i) => i > 0 && place <= (places[i - 1] ?? -1)))
      this.#fault(pod, `a chain in the wrong order: ${names.join(' ')}`);
    this.seen.add(`${appOf(pod)}: ${names.join(' ')}`);
    for (const { typed_config: typed } of chain) {
      const file = typed?.config?.vm_config?.code?.local?.filename;
      if (file !== undefined && !mountedFiles(pod).has(file))
        this.#fault(pod, `a listener that points at a file that the pod does not have: ${file}`);
    }
  }

  /** A filter whose configuration is discovered must be there with its module, unless it went between two readings. */
  async #judgeDiscovered(tunnel: AdminTunnel, pod: WatchedPod, names: ReadonlySet<string>): Promise<void> {
    const { configs = [] } = await this.#page(tunnel, 'ecds_filters');
    const types = new Map(
      configs.map(({ ecds_filter: filter }) => [filter?.name ?? '', filter?.typed_config?.['@type'] ?? '']),
    );
    const wrong = [...names].filter((name) => types.get(name)?.endsWith('.wasm.v3.Wasm') !== true);
    if (wrong.length === 0) return;
    const again = await this.#page(tunnel, 'dynamic_listeners&name_regex=virtualInbound');
    const still = new Set(
      (again.configs ?? []).flatMap((c) => chainsOf(c.active_state?.listener).flat()).map((f) => f.name),
    );
    for (const name of wrong.filter((each) => still.has(each)))
      this.#fault(
        pod,
        `a filter before its module: ${this.#nameOf(name)} is ${types.get(name) ?? 'nothing yet'}`,
      );
  }

  async #page(tunnel: AdminTunnel, resource: string): Promise<Dump> {
    return (await tunnel.json(`/config_dump?resource=${resource}`, this.#stop.signal)) as Dump;
  }

  /** Which of the filters this is: `wasmcast.fleet.one`, or an object `wasmcast-fleet-one-0123…`. */
  #nameOf(filter: string): string | undefined {
    return this.#order.find(
      (name) => filter.endsWith(`.${name}`) || new RegExp(`-${name}-[0-9a-f]{16}(?![0-9a-f])`).test(filter),
    );
  }

  #fault(pod: WatchedPod, what: string): void {
    this.faults.add(`${appOf(pod)}: ${what.slice(0, 300)}`);
  }
}

function appOf({ metadata }: WatchedPod): string {
  return (metadata['labels'] as Record<string, string> | undefined)?.['app'] ?? metadata.name;
}

/** The HTTP filters of each chain of a listener, wherever in it they stand. */
function chainsOf(part: unknown): readonly (readonly HttpFilter[])[] {
  if (typeof part !== 'object' || part === null) return [];
  const own = (part as { readonly http_filters?: readonly HttpFilter[] }).http_filters;
  return [...(own === undefined ? [] : [own]), ...Object.values(part).flatMap(chainsOf)];
}

/** Paths of the files that the pod's own spec puts into its sidecar. */
function mountedFiles({ spec }: WatchedPod): ReadonlySet<string> {
  const proxy = [...spec.containers, ...(spec.initContainers ?? [])].find(
    ({ name }) => name === 'istio-proxy',
  );
  return new Set(
    (proxy?.volumeMounts ?? []).flatMap(({ name, mountPath }) =>
      (spec.volumes?.find((volume) => volume.name === name)?.projected?.sources ?? [])
        .flatMap((source) => source.configMap?.items ?? [])
        .map((item) => `${mountPath}/${item.path}`),
    ),
  );
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(everyMs, undefined, { signal }).catch(() => undefined);
}
