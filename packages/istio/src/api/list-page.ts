import { type Kind, kinds } from './kinds.ts';
import { leanPod } from './lean-pod.ts';
import type { KubeObject, PodObject } from './objects.ts';
import { acceptBinary, isBinary, readBinary } from './protobuf/envelope.ts';
import { podList } from './protobuf/pod-list.ts';

/** One answer to a list. */
export interface ListPage {
  readonly items?: readonly KubeObject[];
  readonly metadata?: { readonly continue?: string; readonly remainingItemCount?: number };
}

/** How pages of a kind are asked for, and read. */
export interface PageReader {
  /** Undefined: as JSON. */
  readonly accept?: string;
  /** Throws when the body is malformed. */
  readonly read: (body: Buffer) => ListPage;
}

const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * An injected pod is some 15 KB of JSON, nearly all of it the environments, probes and volumes of its containers, and there are
 * thousands. In the API server's binary encoding it is a third of that, and what nobody reads is skipped. Other kinds are fewer,
 * and read whole; custom resources have no binary encoding.
 */
const pods: PageReader = {
  accept: acceptBinary,
  read: (body) => {
    if (isBinary(body)) return readBinary(body, podList);
    const page = readJson(body);
    return { ...page, items: (page.items ?? []).map((pod) => leanPod(pod as PodObject)) };
  },
};

/** How pages of a kind are read: pods without what `PodObject` does not name. */
export function pageReader(kind: Kind, isMetadataOnly: boolean): PageReader {
  if (isMetadataOnly) return { accept: metadataOnly, read: readJson };
  return kind === kinds.Pod ? pods : { read: readWhole };
}

function readWhole(body: Buffer): ListPage {
  const page = readJson(body);
  return { ...page, items: (page.items ?? []).map(foldFields) };
}

/**
 * Who owns which field is asked of few objects, and as objects within objects is more than all the rest of one: a thousand
 * Deployments would take 30 MiB for it.
 */
function foldFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  if (managedFields === undefined) return object;
  const folded = managedFields.map((entry) => ({ ...entry, fieldsV1: JSON.stringify(entry.fieldsV1 ?? {}) }));
  return { ...object, metadata: { ...metadata, managedFields: folded } };
}

function readJson(body: Buffer): ListPage {
  return JSON.parse(body.toString()) as ListPage;
}
