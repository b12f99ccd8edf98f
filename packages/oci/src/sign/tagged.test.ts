import { generateKeyPairSync } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import { type StrictRegistry, startStrictRegistry } from '@wasmcast/testbed';
import { beforeAll, describe, expect, test } from 'vitest';
import { blobOf, descriptorOf, jsonBlob, manifestOf } from '../image/documents.ts';
import { copyImage, findSignatures, parseLocation, pushModule, signImage } from '../index.ts';
import type { FoundSignatures, OciOptions } from '../index.ts';
import { parseReference } from '../reference/reference.ts';
import { pushBlob } from '../remote/blob-upload.ts';
import { pushManifest } from '../remote/manifests.ts';
import { mediaTypes } from '../remote/media-types.ts';
import { RegistrySession } from '../remote/session.ts';
import { fakeModule } from '../testing/modules.ts';
import { testSigstore, workflow } from '../testing/sigstore.ts';
import type { TaggedLayer, TestSigstore } from '../testing/sigstore.ts';

const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }) };
const provenance = 'https://slsa.dev/provenance/v1';
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let sigstore: TestSigstore;
let stranger: TestSigstore;
beforeAll(async () => {
  [sigstore, stranger] = await Promise.all([testSigstore(), testSigstore()]);
});

interface Room extends AsyncDisposable {
  readonly registry: StrictRegistry;
  readonly digest: Sha256;
  readonly reference: string;
  /** Writes one of cosign's tags. */
  tag(kind: 'sig' | 'att', ...layers: readonly TaggedLayer[]): Promise<void>;
  look(repository?: string): Promise<FoundSignatures>;
}

async function room(): Promise<Room> {
  const registry = await startStrictRegistry();
  const repository = `${registry.host}/a/b`;
  const reference = `${repository}:1`;
  const { imageDigest: digest } = await pushModule(reference, fakeModule(1000), nobody);
  return {
    registry,
    digest,
    reference,
    async tag(kind, ...layers) {
      const place = { ...parseReference(repository), tag: `sha256-${digest}.${kind}` };
      await using session = new RegistrySession(place, 'pull,push', nobody);
      const config = jsonBlob({});
      const parts = layers.map(({ mediaType, bytes, annotations }) => ({
        blob: blobOf(bytes),
        mediaType,
        annotations,
      }));
      for (const blob of [config, ...parts.map((part) => part.blob)]) await pushBlob(session, blob);
      const manifest = manifestOf({
        config: descriptorOf(mediaTypes.ociConfig, config),
        layers: parts.map(({ blob, mediaType, annotations }) => ({
          ...descriptorOf(mediaType, blob),
          annotations,
        })),
      });
      await pushManifest(session, place, manifest);
    },
    look: (at = repository) =>
      findSignatures(
        at,
        digest,
        { keys: [key.publicKey], keyless: { trustedRoot: sigstore.trustedRoot, identities: [workflow] } },
        nobody,
      ),
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  };
}

const bySomebody = { form: 'tag', identity: workflow, repository: 'registry.example/a/b' };

describe('what cosign 2 wrote without a key', () => {
  test('is believed of whom we believe, and of nobody else', async () => {
    await using at = await room();
    const { digest } = at;
    const mallory = { digest, subject: 'mallory@example.com' };
    await at.tag('sig', await stranger.signTag({ digest }), await sigstore.signTag(mallory));
    expect(await at.look()).toEqual({ seen: 2, verified: [], attestations: [] });
    await at.tag('sig', await stranger.signTag({ digest }), await sigstore.signTag({ digest }));
    expect(await at.look()).toEqual({ seen: 2, verified: [bySomebody], attestations: [] });
  });

  test('with anything of it changed is none', async () => {
    await using at = await room();
    const { digest } = at;
    const layer = await sigstore.signTag({ digest });
    const other = await sigstore.signTag({ digest: 'b'.repeat(64) as Sha256 });
    const take = (name: string, from: TaggedLayer = other): TaggedLayer => ({
      ...layer,
      annotations: { ...layer.annotations, [name]: from.annotations[name] ?? '' },
    });
    const changed: readonly TaggedLayer[] = [
      other,
      { ...layer, bytes: other.bytes },
      { ...layer, bytes: Buffer.concat([layer.bytes, Buffer.from(' ')]) },
      take('dev.cosignproject.cosign/signature'),
      take('dev.sigstore.cosign/certificate'),
      take('dev.sigstore.cosign/bundle'),
      take('dev.sigstore.cosign/bundle', { ...other, annotations: {} }),
      take('dev.sigstore.cosign/certificate', { ...other, annotations: {} }),
      { ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/bundle': '{"Payload":{}}' } },
    ];
    for (const [index, each] of changed.entries()) {
      await at.tag('sig', each);
      expect([index, await at.look()]).toEqual([index, { seen: 1, verified: [], attestations: [] }]);
    }
  });

  test('and attested is believed too, and goes along with a copy', async () => {
    await using at = await room();
    const { digest, registry } = at;
    const said = { digest, predicateType: provenance, predicate: { builder: 'ours' } };
    await at.tag('att', await stranger.attestTag(said), await sigstore.attestTag(said));
    await at.tag('sig', await sigstore.signTag({ digest }));
    const found = {
      seen: 3,
      verified: [bySomebody],
      attestations: [{ predicateType: provenance, predicate: { builder: 'ours' } }],
    };
    expect(await at.look()).toEqual(found);
    const copy = `${registry.host}/mirror/b`;
    const place = (text: string) => parseLocation(text, '/');
    await copyImage(place(at.reference), place(`${copy}:1`), { ...nobody, referrers: true });
    expect(await at.look(copy)).toEqual(found);
  });

  test('stays what it is when somebody signs with a key beside it', async () => {
    await using at = await room();
    await at.tag('sig', await sigstore.signTag({ digest: at.digest }));
    await signImage(at.reference, key.privateKey, nobody);
    const { verified } = await at.look();
    expect(verified).toMatchObject([bySomebody, { form: 'tag', key: 0 }]);
  });
});
