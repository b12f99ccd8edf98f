import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  canonicalJson,
  type JsonValue,
  type RolloutRecord,
  type RolloutRequest,
  type RolloutStamp,
  WasmcastError,
} from '@wasmcast/core';
import type { PatchOp } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { ConfigMapObject } from '../api/objects.ts';
import { maxConfigMapBytes } from '../compile/config-map.ts';
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

/** A record as it is written: packed, and by which process. */
export interface PackedRollout {
  readonly record: RolloutRecord;
  /** The record as canonical JSON, gzipped, in base64. */
  readonly content: string;
  readonly writer: string;
}

/** Name of the ConfigMap. */
export function rolloutName(fleet: string): string {
  return `wasmcast-${fleet.length <= 200 ? fleet : shortHash(fleet)}-rollout`;
}

/** Packs a record. Throws `WC-ROLL-013` for one that no ConfigMap holds. */
export async function packRollout(record: RolloutRecord, writer: string): Promise<PackedRollout> {
  const packed = await zip(Buffer.from(canonicalJson(record as unknown as JsonValue)));
  if (packed.byteLength > maxConfigMapBytes - roomBytes) {
    throw new WasmcastError(
      'WC-ROLL-013',
      `the rollout of fleet ${record.fleet} has ${packed.byteLength} bytes, and a ConfigMap holds ${maxConfigMapBytes}`,
      { help: 'split the fleet in two' },
    );
  }
  return { record, content: packed.toString('base64'), writer };
}

/** The record in the object of a namespace. Throws `WC-ROLL-014` for what is none, or not the fleet's, or was tampered with. */
export async function unpackRollout(
  namespace: string,
  fleet: string,
  object: ConfigMapObject,
): Promise<RolloutRecord> {
  try {
    const packed = Buffer.from(object.binaryData?.[recordKey] ?? '', 'base64');
    const bytes = await unzip(packed, { maxOutputLength: maxRecordBytes });
    const record = parseRollout(bytes.toString('utf8'));
    if (record.fleet !== fleet) throw new Error(`it is of fleet ${record.fleet}`);
    if (!isStamped(object, record)) throw new Error('its annotations are not those of its record');
    return record;
  } catch (cause) {
    const name = rolloutName(fleet);
    throw new WasmcastError(
      'WC-ROLL-014',
      `ConfigMap ${namespace}/${name} is not a rollout that can be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        help: `if nothing is under way, delete it: kubectl delete configmap -n ${namespace} ${name}`,
        cause,
      },
    );
  }
}

/** What a person asked of the rollout. What nobody could have asked is not asked: it must not stop what is under way. */
export function requestIn({ data }: ConfigMapObject): RolloutRequest | undefined {
  const asked = data?.[requestKey];
  return asked === undefined ? undefined : parseRequest(asked);
}

/** The object of a rollout that begins. */
export function rolloutObject(namespace: string, { record, content, writer }: PackedRollout): JsonValue {
  return {
    apiVersion: kinds.ConfigMap.apiVersion,
    kind: kinds.ConfigMap.kind,
    metadata: {
      name: rolloutName(record.fleet),
      namespace,
      labels: { ...ownLabels(record.fleet) },
      annotations: {
        [idAnnotation]: record.id,
        [versionAnnotation]: String(record.version),
        [writerAnnotation]: writer,
      },
    },
    data: { [summaryKey]: summaryOf(record) },
    binaryData: { [recordKey]: content },
  };
}

/** The patch by which the record that `over` names becomes another one. A request goes with the rollout that it was for. */
export function replacing(
  { record, content, writer }: PackedRollout,
  over: RolloutStamp,
): readonly PatchOp[] {
  const summary = summaryOf(record);
  return [
    ...testing(record.fleet, over.id),
    { op: 'test', path: annotation(versionAnnotation), value: String(over.version) },
    { op: 'add', path: annotation(idAnnotation), value: record.id },
    { op: 'add', path: annotation(versionAnnotation), value: String(record.version) },
    { op: 'add', path: annotation(writerAnnotation), value: writer },
    { op: 'add', path: `/binaryData/${recordKey}`, value: content },
    record.id === over.id
      ? { op: 'add', path: `/data/${summaryKey}`, value: summary }
      : { op: 'add', path: '/data', value: { [summaryKey]: summary } },
  ];
}

/** The patch that leaves a request in the record of this rollout, and of no other. */
export function asking(
  fleet: string,
  rollout: string,
  { id, kind, by, finished }: RolloutRequest,
): readonly PatchOp[] {
  const value = canonicalJson({ id, kind, by, finished });
  return [...testing(fleet, rollout), { op: 'add', path: `/data/${requestKey}`, value }];
}

/** The record that stands there, by what every write of it is held against. */
export function stampOf({ metadata: { annotations = {} } }: ConfigMapObject): RolloutStamp {
  return { id: annotations[idAnnotation] ?? '', version: Number(annotations[versionAnnotation]) };
}

/** True if this is the rollout that stands there; with a version, this very record of it. */
export function isStamped(
  standing: ConfigMapObject | undefined,
  { id, version }: Pick<RolloutStamp, 'id'> & Partial<RolloutStamp>,
): boolean {
  const { annotations = {} } = standing?.metadata ?? {};
  if (annotations[idAnnotation] !== id) return false;
  return version === undefined || annotations[versionAnnotation] === String(version);
}

/** True if this very write arrived at the first try, and its answer was lost. */
export function isWritten(
  standing: ConfigMapObject | undefined,
  { record, content, writer }: PackedRollout,
): boolean {
  return (
    standing?.metadata.annotations?.[writerAnnotation] === writer &&
    isStamped(standing, record) &&
    standing.binaryData?.[recordKey] === content
  );
}

function testing(fleet: string, rollout: string): readonly PatchOp[] {
  return [
    { op: 'test', path: `/metadata/labels/${escaped(fleetLabel)}`, value: fleet },
    { op: 'test', path: annotation(idAnnotation), value: rollout },
  ];
}

function annotation(key: string): string {
  return `/metadata/annotations/${escaped(key)}`;
}

/** A key as a part of a JSON Pointer (RFC 6901, section 3). */
function escaped(key: string): string {
  return key.replaceAll('/', '~1');
}

function summaryOf({ phase, reason, cause, by, since, finished, waves }: RolloutRecord): string {
  const why = reason === undefined ? '' : `, because ${reason}`;
  const line = `${phase}${why}: ${cause} by ${by} since ${since}, ${finished} of ${waves.length} waves done`;
  return line.slice(0, maxSummary);
}
