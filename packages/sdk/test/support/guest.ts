import { wasmApi, type WasmMemory } from './web-assembly.ts';

/**
 * The least of a host that a guest needs: the ABI's memory handling, one set of headers and bodies per kind, statuses as Envoy
 * gives them. What a filter does in a real proxy is tested with a real one; this shows what the guest does by itself.
 */
export interface Guest {
  readonly exports: Readonly<Record<string, (...args: number[]) => number>>;
  readonly memory: WasmMemory;
  readonly logs: { readonly level: number; readonly text: string }[];
  /** By the ABI's number of the map: name and value, in bytes. */
  readonly headers: Map<number, [Buffer, Buffer][]>;
  readonly buffers: Map<number, Buffer>;
  readonly properties: Map<string, Buffer>;
  /** What the host does while a callout is being sent. */
  duringCallout: () => void;
  /** Set to make every host call fail with this status. */
  fail: number;
}

const [ok, notFound, badArgument] = [0, 1, 2];

/** Instantiates a module and runs its `_initialize`. */
export async function startGuest(wasm: Uint8Array<ArrayBuffer>): Promise<Guest> {
  const module = await wasmApi.compile(wasm);
  const state = {
    logs: [] as { level: number; text: string }[],
    headers: new Map<number, [Buffer, Buffer][]>(),
    buffers: new Map<number, Buffer>(),
    properties: new Map<string, Buffer>(),
    duringCallout: (): void => {},
    fail: 0,
  };
  let instance: { readonly exports: Record<string, unknown> };
  const memory = (): WasmMemory => instance.exports['memory'] as WasmMemory;
  const bytes = (at: number, size: number): Buffer => Buffer.from(memory().buffer, at, size);
  const copy = (at: number, size: number): Buffer => Buffer.from(bytes(at, size));
  const put = (at: number, value: number): void => {
    new DataView(memory().buffer).setUint32(at, value, true);
  };
  const give = (value: Buffer, pointerOut: number, sizeOut: number): number => {
    let at = 0;
    if (value.length > 0) {
      const allocate = instance.exports['proxy_on_memory_allocate'] as (size: number) => number;
      at = allocate(value.length);
      if (at === 0) return 6;
      value.copy(bytes(at, value.length));
    }
    put(pointerOut, at);
    put(sizeOut, value.length);
    return ok;
  };
  const linesOf = (map: number): [Buffer, Buffer][] | undefined => state.headers.get(map);
  const named = (name: Buffer) => (line: [Buffer, Buffer]) => line[0].equals(name);
  const change = (map: number, edit: (all: [Buffer, Buffer][]) => [Buffer, Buffer][]): number => {
    const all = linesOf(map);
    if (all === undefined) return badArgument;
    state.headers.set(map, edit(all));
    return ok;
  };

  const env: Record<string, (...args: number[]) => number> = {
    proxy_log: (level = 0, at = 0, size = 0) => {
      state.logs.push({ level, text: copy(at, size).toString() });
      return ok;
    },
    proxy_get_header_map_value: (map = 0, at = 0, size = 0, pointerOut = 0, sizeOut = 0) => {
      const found = linesOf(map)?.find(named(copy(at, size)));
      if (linesOf(map) === undefined) return badArgument;
      return found === undefined ? notFound : give(found[1], pointerOut, sizeOut);
    },
    proxy_get_header_map_pairs: (map = 0, pointerOut = 0, sizeOut = 0) =>
      give(encodePairs(linesOf(map) ?? []), pointerOut, sizeOut),
    proxy_replace_header_map_value: (map = 0, n = 0, ns = 0, v = 0, vs = 0) =>
      change(map, (all) => {
        const name = copy(n, ns);
        return [...all.filter((line) => !named(name)(line)), [name, copy(v, vs)]];
      }),
    proxy_add_header_map_value: (map = 0, n = 0, ns = 0, v = 0, vs = 0) =>
      change(map, (all) => [...all, [copy(n, ns), copy(v, vs)]]),
    proxy_remove_header_map_value: (map = 0, n = 0, ns = 0) =>
      change(map, (all) => all.filter((line) => !named(copy(n, ns))(line))),
    proxy_set_header_map_pairs: (map = 0, at = 0, size = 0) => change(map, () => decodePairs(copy(at, size))),
    proxy_get_buffer_bytes: (type = 0, start = 0, max = 0, pointerOut = 0, sizeOut = 0) => {
      const buffer = state.buffers.get(type) ?? Buffer.alloc(0);
      return give(buffer.subarray(start, start + (max >>> 0)), pointerOut, sizeOut);
    },
    proxy_http_call: (...args: number[]) => {
      state.duringCallout();
      put(args[9] ?? 0, 4);
      return ok;
    },
    proxy_set_effective_context: () => ok,
    proxy_get_status: () => ok,
    proxy_get_property: (at = 0, size = 0, pointerOut = 0, sizeOut = 0) => {
      const value = state.properties.get(copy(at, size).toString().replaceAll('\0', '/'));
      return value === undefined ? notFound : give(value, pointerOut, sizeOut);
    },
  };
  const imports: Record<string, (...args: number[]) => number> = {};
  for (const { module: from, name } of wasmApi.Module.imports(module)) {
    const answer = env[name];
    if (from !== 'env' || answer === undefined) throw new Error(`this host has no ${from}.${name}`);
    imports[name] = (...args) => (state.fail !== 0 && name !== 'proxy_log' ? state.fail : answer(...args));
  }
  instance = await wasmApi.instantiate(module, { env: imports });
  const guest = Object.assign(state, {
    exports: instance.exports as unknown as Guest['exports'],
    memory: memory(),
  });
  call(guest, '_initialize');
  return guest;
}

/** Calls an export that must be there. */
export function call(guest: Guest, name: string, ...args: number[]): number {
  const found = guest.exports[name];
  if (found === undefined) throw new Error(`the module does not export ${name}`);
  return found(...args);
}

/** Header lines in text. */
export function lines(guest: Guest, map: number): [string, string][] {
  return (guest.headers.get(map) ?? []).map(([name, value]) => [name.toString(), value.toString()]);
}

export function header(name: string, value: string | Buffer): [Buffer, Buffer] {
  return [Buffer.from(name), Buffer.from(value)];
}

function encodePairs(all: readonly [Buffer, Buffer][]): Buffer {
  const sizes = Buffer.alloc(4 + 8 * all.length);
  sizes.writeUInt32LE(all.length);
  for (const [i, [name, value]] of all.entries()) {
    sizes.writeUInt32LE(name.length, 4 + 8 * i);
    sizes.writeUInt32LE(value.length, 8 + 8 * i);
  }
  return Buffer.concat([sizes, ...all.flat().flatMap((part) => [part, Buffer.alloc(1)])]);
}

function decodePairs(bytes: Buffer): [Buffer, Buffer][] {
  const all: [Buffer, Buffer][] = [];
  let at = 4 + 8 * bytes.readUInt32LE();
  for (let i = 0; i < bytes.readUInt32LE(); i++) {
    const valueAt = at + bytes.readUInt32LE(4 + 8 * i) + 1;
    const end = valueAt + bytes.readUInt32LE(8 + 8 * i);
    all.push([bytes.subarray(at, valueAt - 1), bytes.subarray(valueAt, end)]);
    at = end + 1;
  }
  return all;
}
