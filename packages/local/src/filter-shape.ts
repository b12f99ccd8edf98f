import {
  parseSha256,
  positions,
  WasmcastError,
  type DesiredFilter,
  type FilterConfig,
  type JsonValue,
  type PinnedImage,
  type Sha256,
} from '@wasmcast/core';
import { flag, member, nonNegativeInteger, object, oneOf, optional, text, texts } from './shape.ts';

/** Reads a filter of a step; throws `WC-LOC-007` naming what is wrong with it. */
export function readFilter(value: JsonValue): DesiredFilter {
  const image = optional(value, 'image');
  return {
    name: text(value, 'name'),
    moduleDigest: sha256(value, 'moduleDigest'),
    moduleSize: nonNegativeInteger(value, 'moduleSize'),
    ...(image === undefined ? {} : { image: readImage(image) }),
    delivery: oneOf(value, 'delivery', ['embedded']),
    position: oneOf(value, 'position', positions),
    rootId: text(value, 'rootId'),
    vmId: text(value, 'vmId'),
    allowPrecompiled: flag(value, 'allowPrecompiled'),
    env: texts(value, 'env'),
    config: readConfig(member(value, 'config')),
    onFailure: oneOf(value, 'onFailure', ['closed', 'open', 'reload']),
  };
}

function readConfig(value: JsonValue): FilterConfig {
  const kind = oneOf(value, 'kind', ['none', 'text', 'json']);
  switch (kind) {
    case 'none':
      return { kind };
    case 'text':
      return { kind, text: text(value, 'text') };
    case 'json':
      return { kind, value: object(member(value, 'value'), 'value') };
  }
}

function readImage(value: JsonValue): PinnedImage {
  const pullSecret = optional(value, 'pullSecret');
  return {
    reference: text(value, 'reference'),
    digest: sha256(value, 'digest'),
    ...(typeof pullSecret === 'string' ? { pullSecret } : {}),
  };
}

function sha256(value: JsonValue, name: string): Sha256 {
  const digest = parseSha256(text(value, name));
  if (digest === undefined)
    throw new WasmcastError('WC-LOC-007', `"${name}" is not a sha256`, { exit: 'invalid' });
  return digest;
}
