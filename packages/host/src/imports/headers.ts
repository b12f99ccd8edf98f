import { decodePairs, pairsSize, writePairs } from '../abi/pairs.ts';
import { Status } from '../abi/status.ts';
import { maxMapType } from '../abi/types.ts';
import type { HeaderMap } from '../headers/header-map.ts';
import type { Vm } from '../vm/vm.ts';
import { givePlace, giveString } from './copy-out.ts';
import type { HostFunctions } from './imports.ts';

/** Header and trailer maps (envoy context.cc "Header/Trailer/Metadata Maps"). */
export function headerFunctions(vm: Vm): HostFunctions {
  /** The answer for a map that cannot be had now: to changes it is the same by any rule. */
  const missing = (detail: string, otherwise: Status = Status.BadArgument): Status =>
    vm.quirk('map-unavailable', detail) ? Status.BadArgument : otherwise;
  /** A function that changes one entry: the pair is read and the map found alike, whatever is done with them. */
  const withPair =
    (name: string, change: (map: HeaderMap, key: string, value: string) => void) =>
    (type: number, keyAt: number, keySize: number, valueAt: number, valueSize: number): Status => {
      const context = vm.context();
      if (type >>> 0 > maxMapType) return Status.BadArgument;
      const key = vm.memory.string(keyAt, keySize);
      const value = vm.memory.string(valueAt, valueSize);
      if (key === undefined || value === undefined) return Status.InvalidMemoryAccess;
      const map = context.mutableMap(type);
      if (map === undefined) return missing(`${name}(${type}, ${JSON.stringify(key)})`);
      change(map, lowerCase(key), value);
      return Status.Ok;
    };
  return {
    proxy_get_header_map_value(
      type: number,
      keyAt: number,
      keySize: number,
      pointerAt: number,
      sizeAt: number,
    ): Status {
      const context = vm.context();
      if (type >>> 0 > maxMapType) return Status.BadArgument;
      const key = vm.memory.string(keyAt, keySize);
      if (key === undefined) return Status.InvalidMemoryAccess;
      const map = context.readableMap(type);
      if (map === undefined && !context.logging) {
        return missing(`proxy_get_header_map_value(${type}, ${JSON.stringify(key)})`, Status.NotFound);
      }
      const value = map?.get(lowerCase(key));
      // Before ABI 0.2.0 a missing header was an empty one.
      if (value === undefined && vm.abi !== '0.1.0') return Status.NotFound;
      return giveString(vm, value ?? '', pointerAt, sizeAt);
    },
    proxy_add_header_map_value: withPair('proxy_add_header_map_value', (map, key, value) =>
      map.add(key, value),
    ),
    proxy_replace_header_map_value: withPair('proxy_replace_header_map_value', (map, key, value) =>
      map.set(key, value),
    ),
    proxy_remove_header_map_value(type: number, keyAt: number, keySize: number): Status {
      const context = vm.context();
      if (type >>> 0 > maxMapType) return Status.BadArgument;
      const key = vm.memory.string(keyAt, keySize);
      if (key === undefined) return Status.InvalidMemoryAccess;
      const map = context.mutableMap(type);
      if (map === undefined) {
        return missing(`proxy_remove_header_map_value(${type}, ${JSON.stringify(key)})`);
      }
      map.remove(lowerCase(key));
      return Status.Ok;
    },
    proxy_get_header_map_pairs(type: number, pointerAt: number, sizeAt: number): Status {
      const context = vm.context();
      if (type >>> 0 > maxMapType) return Status.BadArgument;
      const map = context.readableMap(type);
      const unheard = map === undefined && !context.logging;
      if (unheard && !vm.quirk('map-unavailable', `proxy_get_header_map_pairs(${type})`))
        return Status.BadArgument;
      const flat = map?.flat ?? [];
      if (flat.length === 0) return givePlace(vm, 0, 0, pointerAt, sizeAt);
      const size = pairsSize(flat);
      const pointer = vm.allocate(size);
      if (pointer === 0) return Status.InvalidMemoryAccess;
      writePairs(flat, vm.memory.bytes, pointer);
      return givePlace(vm, pointer, size, pointerAt, sizeAt);
    },
    proxy_set_header_map_pairs(type: number, pointer: number, size: number): Status {
      const context = vm.context();
      if (type >>> 0 > maxMapType) return Status.BadArgument;
      if (!vm.memory.holds(pointer, size)) return Status.InvalidMemoryAccess;
      const map = context.mutableMap(type);
      if (map === undefined) return missing(`proxy_set_header_map_pairs(${type})`);
      const flat = decodePairs(vm.memory.bytes, pointer >>> 0, size >>> 0);
      const saysSo = size === 4 && vm.memory.readWord(pointer) === 0;
      if (flat.length === 0 && !saysSo) {
        // Nothing at all is a common way to say none.
        const detail = `proxy_set_header_map_pairs(${type}, …, ${size >>> 0})`;
        if (size !== 0 && !vm.quirk('pairs-malformed', detail)) return Status.BadArgument;
      }
      map.clear();
      for (let i = 0; i < flat.length; i += 2) map.add(lowerCase(flat[i] as string), flat[i + 1] as string);
      return Status.Ok;
    },
    proxy_get_header_map_size(type: number, sizeAt: number): Status {
      const context = vm.context();
      if (type >>> 0 > maxMapType) return Status.BadArgument;
      const map = context.mutableMap(type);
      if (map === undefined) return Status.BadArgument;
      return vm.memory.writeWord(sizeAt, map.byteSize) ? Status.Ok : Status.InvalidMemoryAccess;
    },
  };
}

/** Lower case for ASCII alone; a byte string's other characters are not letters. */
export function lowerCase(key: string): string {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if (code >= 65 && code <= 90) {
      return key.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
    }
  }
  return key;
}
