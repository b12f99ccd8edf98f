import { printable } from '@wasmcast/core';
import { type InspectedImage, type VerifiedSignature, versionRange } from '@wasmcast/oci';
import type { ModuleFacts } from '@wasmcast/wasm';
import { type Paint, columns, size } from './text.ts';

/** What an image is, for people. The two digests are named by what they are of: they are never the same number. */
export function imageText(
  image: InspectedImage,
  module: ModuleFacts | undefined,
  signatures: readonly VerifiedSignature[] | undefined,
  p: Paint,
): string {
  const { facts, metadata } = image;
  const rows: [string, string | undefined][] = [
    ['image digest', `sha256:${facts.imageDigest}`],
    [
      'index digest',
      facts.indexDigest && `sha256:${facts.indexDigest} (of the list of platforms; not to be pinned)`,
    ],
    ['module digest', module && `sha256:${module.digest}`],
    ['module size', module && size(module.size)],
    ['layout', facts.module.kind === 'taken' ? facts.module.layout : 'none that a proxy reads'],
    ['taken by Istio', versionRange(image.istio)],
    ['layers', facts.layers.map((layer) => `${layer.mediaType} ${size(layer.size)}`).join(', ')],
    ['ABI', module?.abi],
    ['SDK', metadata.sdk],
    ['root ids', metadata.rootIds?.join(', ')],
    ['imports', module && [...new Set(module.imports.map((each) => each.name))].join(', ')],
    ['revision', metadata.revision],
    ['licences', metadata.licences],
    [
      'signed',
      signatures &&
        (signatures.map((each) => `by key ${(each.key ?? 0) + 1} (${each.form})`).join(', ') ||
          'by none of the keys'),
    ],
    ['referrers', image.referrers.map((each) => each.artifactType ?? each.mediaType).join(', ') || 'none'],
  ];
  const shown = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [[`  ${p.dim(name)}`, printable(value)]],
  );
  return `${p.bold(printable(image.pinned))}\n${columns(shown)}\n`;
}
