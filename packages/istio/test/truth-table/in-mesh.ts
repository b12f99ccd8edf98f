import type {
  Chain,
  FailurePolicy,
  FilterVerdict,
  InstanceVerdict,
  PinnedImage,
  VerdictKind,
} from '@wasmcast/core';
import {
  type Cluster,
  type KubeClient,
  until,
  waitForWorkload,
  workloadObject,
  workloadPort,
} from '@wasmcast/testbed';
import type { IstioTarget } from '../../src/index.ts';
import { repositoryOf } from './before.ts';
import { type Answer, ask, failing } from './client.ts';
import type { Failure, Kind } from './kinds.ts';
import type { ModuleServer } from './module-server.ts';
import { desired } from './verdict.ts';

/** What was seen of one cell in a mesh. */
export interface SeenInMesh {
  /** As in a single Envoy. */
  readonly answers: readonly [before: Answer, at: Answer, after: Answer];
  readonly verdict: FilterVerdict;
}

const signal = (): AbortSignal => AbortSignal.timeout(60_000);
/** How long the sidecar's agent may be at it: it asks a registry that does not answer several times. */
const settleMs = 60_000;
/** What will change by itself: of a proxy that is at it, or does not answer just now. */
const passing: ReadonlySet<VerdictKind> = new Set(['pending', 'not-in-chain', 'still-there', 'unreachable']);

/** A filter that fails, in a registry. */
export interface Delivered {
  readonly failure: Failure;
  readonly image: PinnedImage;
}

/** Has a registry serve a filter that fails. */
export function delivered(kind: Kind, failure: Failure, server: ModuleServer, registry: string): Delivered {
  const wanted = failure.by === 'fetch' ? failure.wanted : failure.module;
  const served = failure.by === 'fetch' ? failure.served : ({ kind: 'bytes', bytes: wanted } as const);
  const { digest } = server.add(repositoryOf(kind), wanted, served).manifest;
  return { failure, image: { reference: `${registry}/${repositoryOf(kind)}@sha256:${digest}`, digest } };
}

/** A workload of one pod whose filters all have one failure policy; they come as images, from a registry that fails. */
export class MeshColumn {
  readonly #target: IstioTarget;
  readonly #namespace: string;
  readonly #policy: FailurePolicy;
  readonly #pod: string;

  private constructor(target: IstioTarget, namespace: string, policy: FailurePolicy, pod: string) {
    this.#target = target;
    this.#namespace = namespace;
    this.#policy = policy;
    this.#pod = pod;
  }

  static async start(
    cluster: Cluster,
    client: KubeClient,
    target: IstioTarget,
    namespace: string,
    policy: FailurePolicy,
    registry: string,
  ): Promise<MeshColumn> {
    // One worker, so that a filter that holds it holds all.
    const config = { concurrency: 1, proxyMetadata: { WASM_INSECURE_REGISTRIES: registry } };
    const annotations = { 'proxy.istio.io/config': JSON.stringify(config) };
    const workload = workloadObject(cluster, { namespace, name: policy, annotations });
    await client.apply(workload);
    const [pod] = await waitForWorkload(client, workload);
    if (pod === undefined) throw new Error(`${policy} has no pod`);
    return new MeshColumn(target, namespace, policy, pod.ip);
  }

  /** One of its own: of a fleet's workloads all are planned at once. */
  get #fleet(): string {
    return `truth-${this.#policy}`;
  }

  /** Delivers a filter that fails as the plan would if it did not look, in place of the one before. */
  async observe(kind: Kind, { failure, image }: Delivered): Promise<SeenInMesh> {
    const name = repositoryOf(kind);
    const filter = { ...desired(failure, this.#policy), name, delivery: 'image', image } as const;
    const fleet = this.#fleet;
    const query = { fleet, selectors: [{ namespace: this.#namespace, name: this.#policy, labels: {} }] };
    const observed = await this.#target.observe(query, signal());
    const chains = observed.workloads.map(({ id }): Chain => ({
      workload: id,
      direction: 'inbound',
      filters: [filter],
    }));
    const change = { fleet, chains, removeAll: false, retained: [] };
    for (const step of this.#target.compile(change, observed, new Map()).steps) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#target.apply(step, signal());
    }
    const place = { host: this.#pod, port: workloadPort };
    await this.#settled(chains);
    const plain = (): Promise<Answer> => ask(kind, place, {});
    const [before, at] = [await plain(), await ask(kind, place, failing(kind))];
    const heals = this.#policy === 'reload' && before === 'filtered' && at !== 'no answer';
    const isWell = async (): Promise<Answer | undefined> => ((await plain()) === before ? before : undefined);
    const after = heals ? await until(isWell, { what: 'a reload', timeoutMs: 20_000 }) : await plain();
    // A trap is in the log at once, a worker that stands still is told of later.
    const end = performance.now() + (at === 'no answer' ? 60_000 : 5000);
    const told = async (): Promise<FilterVerdict | undefined> => {
      const verdict = await this.#read(chains);
      const isNews = verdict.verdict !== 'live' || verdict.evidence !== undefined;
      if (passing.has(verdict.verdict)) return undefined;
      return isNews || performance.now() > end ? verdict : undefined;
    };
    const wait = { what: `a verdict on ${kind}`, timeoutMs: 90_000, intervalMs: 500 };
    const verdict = await until(told, wait);
    return { answers: [before, at, after], verdict };
  }

  /** Waits until the proxy shows what has become of the filter. */
  async #settled(chains: readonly Chain[]): Promise<void> {
    const look = async (): Promise<true | undefined> => {
      const { verdict } = await this.#read(chains);
      return passing.has(verdict) ? undefined : true;
    };
    await until(look, { what: 'the proxy to settle', timeoutMs: settleMs, intervalMs: 300 });
  }

  async #read(chains: readonly Chain[]): Promise<FilterVerdict> {
    const all: InstanceVerdict[] = [];
    for await (const one of this.#target.verify(this.#fleet, chains, signal())) all.push(one);
    const worst = all.flatMap((one) => one.filters).find((one) => one.verdict === 'still-there');
    const verdict = worst ?? all[0]?.filters[0];
    if (verdict === undefined) throw new Error('no instance was read');
    return verdict;
  }
}
