import { buffer } from 'node:stream/consumers';
import { takenBy } from '../agent/agent-rules.ts';
import type { ImageFacts } from '../agent/image-facts.ts';
import type { IstioVersion } from '../agent/istio-version.ts';
import { fromAnnotations } from '../image/metadata.ts';
import type { ImageMetadata } from '../image/metadata.ts';
import type { OciOptions } from '../options.ts';
import { pinnedReference } from '../reference/reference.ts';
import { pullBlob } from '../remote/blob-download.ts';
import { mediaTypes } from '../remote/media-types.ts';
import { listReferrers } from '../remote/referrers.ts';
import type { Referrer } from '../remote/referrers.ts';
import { RegistrySession } from '../remote/session.ts';
import { readImage } from './read-image.ts';

/** All that can be said about an image. */
export interface InspectedImage {
  /** `registry/repository@sha256:…` of the manifest that a proxy ends at: what to pin. */
  readonly pinned: string;
  readonly facts: ImageFacts;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly manifestSize: number;
  readonly metadata: ImageMetadata;
  readonly annotations: Readonly<Record<string, string>>;
  /** The known versions of Istio whose agent takes it. */
  readonly istio: readonly IstioVersion[];
  readonly referrers: readonly Referrer[];
  /** The module, if an agent would get one. */
  readonly wasm: Uint8Array | undefined;
}

/** Looks at an image as the agent would, and at what it says about itself and what refers to it. @throws OciError */
export async function inspectImage(reference: string, options: OciOptions = {}): Promise<InspectedImage> {
  const { facts, manifest, parsed, taken: wasm } = await readImage(reference, options);
  await using session = new RegistrySession(facts.reference, 'pull', options);
  const referrers = await listReferrers(session, facts.reference, facts.imageDigest);
  const annotations = { ...(await labelsOf(session, parsed)), ...parsed.annotations };
  return {
    pinned: pinnedReference(facts.reference, facts.imageDigest),
    facts,
    mediaType: manifest.mediaType,
    manifestSize: manifest.bytes.length,
    metadata: fromAnnotations(annotations),
    annotations,
    istio: takenBy(facts),
    referrers,
    wasm,
  };
}

/** Docker's manifests carry no annotations; the labels of the config stand for them. */
async function labelsOf(
  session: RegistrySession,
  { config }: Awaited<ReturnType<typeof readImage>>['parsed'],
): Promise<Readonly<Record<string, string>>> {
  if (config?.mediaType !== mediaTypes.dockerConfig || config.size > session.limits.manifestBytes) return {};
  const bytes = await pullBlob(session, config, (chunks) => buffer(chunks));
  try {
    const document = JSON.parse(bytes.toString('utf8')) as { config?: { Labels?: unknown } | null } | null;
    const labels = Object.entries(document?.config?.Labels ?? {});
    return Object.fromEntries(
      labels.filter((label): label is [string, string] => typeof label[1] === 'string'),
    );
  } catch {
    return {}; // what a config says beside its layers is nobody's concern here
  }
}
