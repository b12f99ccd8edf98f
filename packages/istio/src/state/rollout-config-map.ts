import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  canonicalJson,
  type JsonValue,
  type RolloutRecord,
  type RolloutRequest,
  type RolloutStore,
  type StoredRollout,
  WasmcastError,
} from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient, PatchOp } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { ConfigMapObject } from '../api/objects.ts';
import { maxConfigMapBytes } from '../compile/config-map.ts';
import { codes } from '../compile/fault.ts';
import { fleetLabel, ownLabels, shortHash } from '../names.ts';
import { parseRequest, parseRollout } from './parse-rollout.ts';

const unzip = promisify(gunzip);
const zip = promisify(gzip);
const recordKey = 'rollout.json.gz';
const requestKey = 'request.json';
/** For people: what stands in the record, in a line. With it `data` is always there, so that a request is one patch. */
const summaryKey = 'summary';
const idAnnotation = 'wasmcast.dev/rollout';
const versionAnnotation = 'wasmcast.dev/rollout-version';
/** Names the process that wrote the version that stands: tells a write whose answer was lost from another's. */
const writerAnnotation = 'wasmcast.dev/rollout-writer';
/** A record unpacked; far above what thirty filters on three hundred workloads need. */
const maxRecordBytes = 32 * 1024 * 1024;
/** What is left of a ConfigMap for the summary and a request. */
const roomBytes = 16 * 1024;
const maxSummary = 2000;
const maxTries = 5;

/**
 * The unfinished rollout of a fleet: one ConfigMap with the gzipped record. The version in an annotation is the
 * precondition of every write: a patch tests it, so a process that was thought dead can never write over a newer one.
 */
export class RolloutConfigMap implements RolloutStore {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #writer = randomUUID();

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  async read(fleet: string, signal: AbortSignal): Promise<StoredRollout | undefined> {
    const object = await this.#get(fleet, signal);
    if (object === undefined) return undefined;
    const asked = object.data?.[requestKey];
    // What nobody could have asked is not asked: it must not stop a rollout that is under way.
    const request = asked === undefined ? undefined : parseRequest(asked);
    return { record: await this.#unpack(fleet, object), ...(request !== undefined && { request }) };
  }

  async write(record: RolloutRecord, signal: AbortSignal): Promise<void> {
    const packed = await zip(Buffer.from(canonicalJson(record as unknown as JsonValue)));
    if (packed.byteLength > maxConfigMapBytes - roomBytes) {
      throw new WasmcastError(
        'WC-ROLL-013',
        `the rollout of fleet ${record.fleet} has ${packed.byteLength} bytes, and a ConfigMap holds ${maxConfigMapBytes}`,
        { help: 'split the fleet in two' },
      );
    }
    const content = packed.toString('base64');
    if (record.version === 1) await this.#begin(record, content, signal);
    else await this.#advance(record, content, signal);
  }

  async ask(fleet: string, request: RolloutRequest, signal: AbortSignal): Promise<boolean> {
    const value = canonicalJson({ id: request.id, kind: request.kind, by: request.by });
    try {
      await this.#patch(fleet, [...isOf(fleet), { op: 'add', path: `/data/${requestKey}`, value }], signal);
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  async delete(fleet: string, signal: AbortSignal): Promise<void> {
    const { uid } = (await this.#get(fleet, signal))?.metadata ?? {};
    if (uid === undefined) return;
    await this.#client.delete(kinds.ConfigMap, this.#namespace, nameOf(fleet), { uid }, signal);
  }

  /** The record of the version before becomes this one, in one write. */
  async #advance(record: RolloutRecord, content: string, signal: AbortSignal): Promise<void> {
    const { fleet, id } = record;
    const before = String(record.version - 1);
    const operations: readonly PatchOp[] = [
      ...isOf(fleet),
      { op: 'test', path: annotation(idAnnotation), value: id },
      { op: 'test', path: annotation(versionAnnotation), value: before },
      { op: 'add', path: annotation(versionAnnotation), value: String(record.version) },
      { op: 'add', path: annotation(writerAnnotation), value: this.#writer },
      { op: 'add', path: `/binaryData/${recordKey}`, value: content },
      { op: 'add', path: `/data/${summaryKey}`, value: summaryOf(record) },
    ];
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#patch(fleet, operations, signal);
        return;
      } catch (error) {
        if (isStatus(error, 404)) throw takenOver(fleet, error);
        // 422 is a test that failed, or an object that is refused: which of them shows in what stands there.
        if (!isStatus(error, 409, 422)) throw error;
        const standing = await this.#get(fleet, signal);
        if (this.#wrote(record, content, standing)) return;
        const { annotations = {} } = standing?.metadata ?? {};
        if (annotations[idAnnotation] !== id || annotations[versionAnnotation] !== before)
          throw takenOver(fleet, error);
        if (isStatus(error, 422) || attempt >= maxTries) throw error;
      }
    }
  }

  /** Puts a new rollout in the place of whatever stands there, and of what was asked of that. */
  async #begin(record: RolloutRecord, content: string, signal: AbortSignal): Promise<void> {
    const { fleet } = record;
    const annotations = {
      [idAnnotation]: record.id,
      [versionAnnotation]: String(record.version),
      [writerAnnotation]: this.#writer,
    };
    const data = { [summaryKey]: summaryOf(record) };
    const binaryData = { [recordKey]: content };
    const object = {
      apiVersion: kinds.ConfigMap.apiVersion,
      kind: kinds.ConfigMap.kind,
      metadata: {
        name: nameOf(fleet),
        namespace: this.#namespace,
        labels: { ...ownLabels(fleet) },
        annotations,
      },
      data,
      binaryData,
    };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.create(kinds.ConfigMap, this.#namespace, object, signal);
        return;
      } catch (error) {
        if (!isStatus(error, 409) || attempt >= maxTries) throw error;
      }
      const standing = await this.#get(fleet, signal);
      // Deleted between the two requests: try again.
      if (standing === undefined) continue;
      if (this.#wrote(record, content, standing)) return;
      const { resourceVersion = '', annotations: old } = standing.metadata;
      try {
        await this.#patch(
          fleet,
          [
            { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
            { op: 'add', path: '/metadata/annotations', value: { ...old, ...annotations } },
            { op: 'add', path: '/data', value: data },
            { op: 'add', path: '/binaryData', value: binaryData },
          ],
          signal,
        );
        return;
      } catch (error) {
        if (!isStatus(error, 404, 409, 422) || attempt >= maxTries) throw error;
      }
    }
  }

  /** True if this very write arrived at the first try, and its answer was lost. */
  #wrote(record: RolloutRecord, content: string, standing: ConfigMapObject | undefined): boolean {
    const { annotations = {} } = standing?.metadata ?? {};
    return (
      annotations[writerAnnotation] === this.#writer &&
      annotations[idAnnotation] === record.id &&
      annotations[versionAnnotation] === String(record.version) &&
      standing?.binaryData?.[recordKey] === content
    );
  }

  #patch(fleet: string, operations: readonly PatchOp[], signal: AbortSignal): Promise<unknown> {
    return this.#client.patch(kinds.ConfigMap, this.#namespace, nameOf(fleet), operations, signal);
  }

  /** Throws when something else has the name. */
  async #get(fleet: string, signal: AbortSignal): Promise<ConfigMapObject | undefined> {
    const name = nameOf(fleet);
    const object = await this.#client.get<ConfigMapObject>(kinds.ConfigMap, this.#namespace, name, signal);
    if (object === undefined || object.metadata.labels?.[fleetLabel] === fleet) return object;
    throw new WasmcastError(
      codes.notOurs,
      `ConfigMap ${this.#namespace}/${name} exists, and it does not belong to fleet ${fleet}`,
      { help: `delete or rename it, or label it ${fleetLabel}=${fleet} if it is the fleet's` },
    );
  }

  async #unpack(fleet: string, object: ConfigMapObject): Promise<RolloutRecord> {
    const { name, annotations = {} } = object.metadata;
    try {
      const packed = Buffer.from(object.binaryData?.[recordKey] ?? '', 'base64');
      const bytes = await unzip(packed, { maxOutputLength: maxRecordBytes });
      const record = parseRollout(bytes.toString('utf8'));
      if (record.fleet !== fleet) throw new Error(`it is of fleet ${record.fleet}`);
      const isSame =
        annotations[idAnnotation] === record.id && annotations[versionAnnotation] === String(record.version);
      if (!isSame) throw new Error('its annotations are not those of its record');
      return record;
    } catch (cause) {
      throw new WasmcastError(
        'WC-ROLL-014',
        `ConfigMap ${this.#namespace}/${name} is not a rollout that can be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          help: `if nothing is under way, delete it: kubectl delete configmap -n ${this.#namespace} ${name}`,
          cause,
        },
      );
    }
  }
}

function nameOf(fleet: string): string {
  return `wasmcast-${fleet.length <= 200 ? fleet : shortHash(fleet)}-rollout`;
}

function annotation(key: string): string {
  return `/metadata/annotations/${key.replaceAll('/', '~1')}`;
}

function isOf(fleet: string): readonly PatchOp[] {
  return [{ op: 'test', path: `/metadata/labels/${fleetLabel.replaceAll('/', '~1')}`, value: fleet }];
}

function summaryOf({ phase, reason, cause, by, since, finished, waves }: RolloutRecord): string {
  const why = reason === undefined ? '' : `, because ${reason}`;
  const line = `${phase}${why}: ${cause} by ${by} since ${since}, ${finished} of ${waves.length} waves done`;
  return line.slice(0, maxSummary);
}

function takenOver(fleet: string, cause: unknown): WasmcastError {
  return new WasmcastError('WC-ROLL-010', `somebody else took over the rollout of fleet ${fleet}`, {
    help: 'look at `wasmcast status`',
    cause,
  });
}
