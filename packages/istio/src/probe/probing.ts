import {
  type Chain,
  type Change,
  type Observed,
  type Probe,
  type ProbeDesign,
  type ProbePlan,
  type ProbingPort,
  WasmcastError,
} from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { PodObject } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import { probeId } from '../names.ts';
import type { IstioSettings, Native } from '../native.ts';
import { type Known, readPod } from '../verify/read-pod.ts';
import { designProbe, type ProbeObjects } from './design-probe.ts';
import { readProbe } from './read-probe.ts';
import { removeProbe, startProbe } from './start-probe.ts';

/** Probe pods: see {@link designProbe} for what they are. */
export class Probing implements ProbingPort {
  readonly #client: KubeClient;
  readonly #settings: IstioSettings;
  readonly #known: Known;

  constructor(client: KubeClient, settings: IstioSettings, known: Known) {
    this.#client = client;
    this.#settings = settings;
    this.#known = known;
  }

  design(chains: readonly Chain[], change: Change, observed: Observed): ProbeDesign {
    return designProbe(chains, change, observed.native as Native, this.#settings);
  }

  async start(fleet: string, plan: ProbePlan, chains: readonly Chain[], signal: AbortSignal): Promise<Probe> {
    const id = chains[0]?.workload;
    const objects = plan.native as unknown as ProbeObjects;
    if (id === undefined || objects.pod?.metadata?.name !== probeId(fleet, id).name) {
      throw new WasmcastError(codes.worldMoved, `${plan.summary} is no probe of this target`, {
        exit: 'invalid',
      });
    }
    const client = this.#client;
    const started = await startProbe(client, objects, signal);
    const { namespace = '', name, uid = '' } = started.pod.metadata;
    // Objects of images are named after whom they serve: here the probe.
    const own = probeId(fleet, id);
    const ownChains = chains.map((chain): Chain => ({ ...chain, workload: own }));
    return {
      read: async (each) => {
        const pod = await client.get<PodObject>(kinds.Pod, namespace, name, each);
        const instance = { workload: id, name, uid };
        if (pod === undefined || pod.metadata.uid !== uid) {
          return { verdict: { instance, filters: [] }, hindrance: 'somebody deleted it' };
        }
        const place = { workload: own, name, uid };
        const readSidecar = (seen: PodObject, until: AbortSignal) =>
          readPod(client, this.#known, fleet, place, seen, ownChains, until);
        return await readProbe(client, pod, chains, instance, readSidecar, each);
      },
      [Symbol.asyncDispose]: () => removeProbe(client, started),
    };
  }
}
