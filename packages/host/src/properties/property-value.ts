import { encodePairs } from '../abi/pairs.ts';

/** The value of a property (attribute), by the type that decides how it is written. Strings are byte strings. */
export type PropertyValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'uint'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Nanoseconds since the epoch. */
  | { readonly kind: 'time'; readonly value: bigint }
  /** Nanoseconds. */
  | { readonly kind: 'duration'; readonly value: bigint }
  | { readonly kind: 'map'; readonly value: readonly (readonly [string, PropertyValue])[] }
  | { readonly kind: 'list'; readonly value: readonly PropertyValue[] };

/**
 * The bytes that `proxy_get_property` gives (envoy source/extensions/common/wasm/context.cc serializeValue): numbers are
 * eight bytes little endian, a bool is one byte, maps and lists are pairs (a list's values are empty).
 */
export function serializeProperty(property: PropertyValue): Buffer {
  switch (property.kind) {
    case 'string':
      return Buffer.from(property.value, 'latin1');
    case 'bytes':
      return Buffer.from(property.value);
    case 'int':
    case 'time':
    case 'duration': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt.asIntN(64, property.value));
      return bytes;
    }
    case 'uint': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, property.value));
      return bytes;
    }
    case 'double': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(property.value);
      return bytes;
    }
    case 'bool':
      return Buffer.of(property.value ? 1 : 0);
    case 'map':
      return encodePairs(
        property.value.flatMap(([key, value]) => [key, serializeProperty(value).toString('latin1')]),
      );
    case 'list':
      return encodePairs(property.value.flatMap((item) => [serializeProperty(item).toString('latin1'), '']));
  }
}
