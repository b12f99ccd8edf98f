import { type Revision, type RevisionStore, WasmcastError } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { ConfigMapObject } from '../api/objects.ts';
import { fleetLabel, ownLabels, revisionLabel, shortHash } from '../names.ts';
import { packRevision, unpackRevision } from './packed-revision.ts';

const key = 'revision.json.gz';
const maxTries = 5;

/** The list of a fleet's ConfigMaps, which the target shares with whoever needs it at the same time. */
export interface FleetConfigMaps {
  /** Without their content. */
  list(fleet: string, signal: AbortSignal): Promise<readonly ConfigMapObject[]>;
  /** One was written or deleted. */
  changed(): void;
}

/** The revisions of a fleet: an immutable ConfigMap each, with the gzipped JSON in it. */
export class RevisionConfigMaps implements RevisionStore {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #target: string;
  readonly #configMaps: FleetConfigMaps;

  constructor(client: KubeClient, namespace: string, target: string, configMaps: FleetConfigMaps) {
    this.#client = client;
    this.#namespace = namespace;
    this.#target = target;
    this.#configMaps = configMaps;
  }

  async list(fleet: string, signal: AbortSignal): Promise<readonly Revision[]> {
    const all = await this.#configMaps.list(fleet, signal);
    return await this.#readAll(
      fleet,
      all.filter(
        ({ metadata }) => metadata.namespace === this.#namespace && metadata.labels?.[revisionLabel],
      ),
      signal,
    );
  }

  /** Namespaces that the revisions name, read anew: where the fleet is, or was. */
  async namespaces(fleet: string, signal: AbortSignal): Promise<readonly string[]> {
    const revisions = await this.#readAll(fleet, await this.#stored(fleet, signal), signal);
    const all = revisions.flatMap(({ chains }) => chains.map(({ workload }) => workload.namespace));
    return [...new Set(all)].toSorted();
  }

  async put(revision: Revision, signal: AbortSignal): Promise<void> {
    this.#configMaps.changed();
    const packed = packRevision(revision);
    const name = revisionName(revision.fleet, revision.number);
    if (typeof packed === 'string') {
      throw new WasmcastError('WC-REV-002', `revision ${revision.number} cannot be stored: ${packed}`, {
        help: 'split the fleet in two',
      });
    }
    const binaryData = { [key]: Buffer.from(packed).toString('base64') };
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: this.#namespace,
        labels: { ...ownLabels(revision.fleet), [revisionLabel]: String(revision.number) },
        annotations: { 'wasmcast.dev/by': revision.by, 'wasmcast.dev/cause': revision.cause },
      },
      immutable: true,
      binaryData,
    };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.create(kinds.ConfigMap, this.#namespace, object, signal);
        return;
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
        const standing = await this.#get(name, signal);
        // Our own first try had arrived, and its answer was lost.
        if (standing?.binaryData?.[key] === binaryData[key]) return;
        if (standing !== undefined) throw taken(revision, error);
        // A conflict about something else, as about a quota, or deleted between the two requests: try again.
        if (attempt >= maxTries) throw error;
      }
    }
  }

  async delete(fleet: string, numbers: readonly number[], signal: AbortSignal): Promise<void> {
    this.#configMaps.changed();
    const names = new Set(numbers.map((number) => revisionName(fleet, number)));
    const standing = (await this.#stored(fleet, signal)).filter(({ metadata }) => names.has(metadata.name));
    await Promise.all(
      standing.map(async ({ metadata: { name, uid = '', resourceVersion = '' } }) => {
        const guard = { uid, resourceVersion };
        try {
          await this.#client.delete(kinds.ConfigMap, this.#namespace, name, guard, signal);
        } catch (error) {
          // What is no longer what was listed is somebody's: it is not ours to forget.
          if (!isStatus(error, 409)) throw error;
        }
      }),
    );
  }

  /** Without their content. */
  async #stored(fleet: string, signal: AbortSignal): Promise<readonly ConfigMapObject[]> {
    const options = {
      namespace: this.#namespace,
      labelSelector: `${fleetLabel}=${fleet},${revisionLabel}`,
      metadataOnly: true,
    };
    return (await this.#client.list<ConfigMapObject>(kinds.ConfigMap, options, signal)).items;
  }

  async #readAll(
    fleet: string,
    configMaps: readonly ConfigMapObject[],
    signal: AbortSignal,
  ): Promise<readonly Revision[]> {
    const read = await Promise.all(
      configMaps.map(({ metadata }) => this.#read(fleet, metadata.name, signal)),
    );
    return read.filter((revision) => revision !== undefined).toSorted((a, b) => a.number - b.number);
  }

  #get(name: string, signal: AbortSignal): Promise<ConfigMapObject | undefined> {
    return this.#client.get<ConfigMapObject>(kinds.ConfigMap, this.#namespace, name, signal);
  }

  async #read(fleet: string, name: string, signal: AbortSignal): Promise<Revision | undefined> {
    const object = await this.#get(name, signal);
    if (object === undefined) return undefined; // forgotten between the list and now
    try {
      return await unpackRevision(fleet, this.#target, Buffer.from(object.binaryData?.[key] ?? '', 'base64'));
    } catch (cause) {
      throw new WasmcastError(
        'WC-REV-003',
        `ConfigMap ${this.#namespace}/${name} is not a revision that can be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          help: `delete it if its history does not matter: kubectl delete configmap -n ${this.#namespace} ${name}`,
          cause,
        },
      );
    }
  }
}

function taken({ fleet, number }: Revision, cause: unknown): WasmcastError {
  return new WasmcastError('WC-REV-001', `fleet ${fleet} has a revision ${number} already`, {
    help: 'somebody else rolled out meanwhile; look at `wasmcast history`',
    cause,
  });
}

function revisionName(fleet: string, number: number): string {
  return `wasmcast-${fleet.length <= 200 ? fleet : shortHash(fleet)}-r${number}`;
}
