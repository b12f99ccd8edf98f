import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  canonicalJson,
  type JsonValue,
  type RolloutRecord,
  type RolloutRequest,
  type RolloutStamp,
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
 * The unfinished rollout of a fleet: one ConfigMap with the gzipped record. Its id and version stand in annotations, the
 * precondition of every write: a process that was thought dead can never write over a newer one, nor delete it.
 */
export class RolloutConfigMap implements RolloutStore {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #target: string;
  readonly #writer = randomUUID();

  constructor(client: KubeClient, namespace: string, target: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#target = target;
  }

  async read(fleet: string, signal: AbortSignal): Promise<StoredRollout | undefined> {
    const object = await this.#get(fleet, signal);
    if (object === undefined) return undefined;
    const asked = object.data?.[requestKey];
    // What nobody could have asked is not asked: it must not stop a rollout that is under way.
    const request = asked === undefined ? undefined : parseRequest(asked);
    const record = await this.#unpack(fleet, object);
    if (record.target !== this.#target) throw renamed(record, this.#target);
    return { record, ...(request !== undefined && { request }) };
  }

  async write(record: RolloutRecord, over: RolloutStamp | undefined, signal: AbortSignal): Promise<void> {
    const packed = await zip(Buffer.from(canonicalJson(record as unknown as JsonValue)));
    if (packed.byteLength > maxConfigMapBytes - roomBytes) {
      throw new WasmcastError(
        'WC-ROLL-013',
        `the rollout of fleet ${record.fleet} has ${packed.byteLength} bytes, and a ConfigMap holds ${maxConfigMapBytes}`,
        { help: 'split the fleet in two' },
      );
    }
    const content = packed.toString('base64');
    if (over === undefined) await this.#create(record, content, signal);
    else await this.#replace(record, content, over, signal);
  }

  async ask(fleet: string, id: string, request: RolloutRequest, signal: AbortSignal): Promise<boolean> {
    const value = canonicalJson({ id: request.id, kind: request.kind, by: request.by });
    const operations: readonly PatchOp[] = [
      ...isOf(fleet),
      { op: 'test', path: annotation(idAnnotation), value: id },
      { op: 'add', path: `/data/${requestKey}`, value },
    ];
    try {
      await this.#patch(fleet, operations, signal);
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      if (!isStatus(error, 422)) throw error;
      const standing = await this.#get(fleet, signal);
      if (standing?.metadata.annotations?.[idAnnotation] !== id) return false;
      throw error;
    }
  }

  async delete(fleet: string, stamp: RolloutStamp, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const standing = await this.#get(fleet, signal);
      if (!isStamped(standing, stamp)) throw takenOver(fleet);
      const { uid = '', resourceVersion = '' } = standing?.metadata ?? {};
      const guard = { uid, resourceVersion };
      try {
        await this.#client.delete(kinds.ConfigMap, this.#namespace, nameOf(fleet), guard, signal);
        return;
      } catch (error) {
        // Somebody asked something meanwhile, or took it over.
        if (!isStatus(error, 409) || attempt >= maxTries) throw error;
      }
    }
  }

  /** The record that `over` names becomes this one, in one write. */
  async #replace(
    record: RolloutRecord,
    content: string,
    over: RolloutStamp,
    signal: AbortSignal,
  ): Promise<void> {
    const { fleet, id } = record;
    const forgetsRequest = id !== over.id;
    const summary = summaryOf(record);
    const operations: readonly PatchOp[] = [
      ...isOf(fleet),
      { op: 'test', path: annotation(idAnnotation), value: over.id },
      { op: 'test', path: annotation(versionAnnotation), value: String(over.version) },
      { op: 'add', path: annotation(idAnnotation), value: id },
      { op: 'add', path: annotation(versionAnnotation), value: String(record.version) },
      { op: 'add', path: annotation(writerAnnotation), value: this.#writer },
      { op: 'add', path: `/binaryData/${recordKey}`, value: content },
      forgetsRequest
        ? { op: 'add', path: '/data', value: { [summaryKey]: summary } }
        : { op: 'add', path: `/data/${summaryKey}`, value: summary },
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
        if (!isStamped(standing, over)) throw takenOver(fleet, error);
        if (isStatus(error, 422) || attempt >= maxTries) throw error;
      }
    }
  }

  async #create(record: RolloutRecord, content: string, signal: AbortSignal): Promise<void> {
    const { fleet } = record;
    const object = {
      apiVersion: kinds.ConfigMap.apiVersion,
      kind: kinds.ConfigMap.kind,
      metadata: {
        name: nameOf(fleet),
        namespace: this.#namespace,
        labels: { ...ownLabels(fleet) },
        annotations: {
          [idAnnotation]: record.id,
          [versionAnnotation]: String(record.version),
          [writerAnnotation]: this.#writer,
        },
      },
      data: { [summaryKey]: summaryOf(record) },
      binaryData: { [recordKey]: content },
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
      throw takenOver(fleet);
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

function isStamped(standing: ConfigMapObject | undefined, { id, version }: RolloutStamp): boolean {
  const { annotations = {} } = standing?.metadata ?? {};
  return annotations[idAnnotation] === id && annotations[versionAnnotation] === String(version);
}

/** What a record says of workloads, it says of those of a target of that name. */
function renamed({ fleet, target }: RolloutRecord, now: string): WasmcastError {
  return new WasmcastError(
    'WC-ROLL-015',
    `the rollout of fleet ${fleet} on ${now} is not over, and it began when that target was called ${target}`,
    { exit: 'invalid', help: `call it ${target} again until that rollout is live, or has gone back` },
  );
}

function takenOver(fleet: string, cause?: unknown): WasmcastError {
  return new WasmcastError('WC-ROLL-010', `somebody else took over the rollout of fleet ${fleet}`, {
    help: 'look at `wasmcast status`',
    ...(cause !== undefined && { cause }),
  });
}
