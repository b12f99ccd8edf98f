import { expect, test } from 'vitest';
import { compileFilter } from '../testing/filters.ts';
import { startTestMesh } from '../testing/meshes.ts';
import { ask } from '../testing/raw-http.ts';
import { setChain, testFilter } from '../testing/rollouts.ts';

/** Counts requests in the shared data of its vm_id, and tells the count in `x-count`. */
const counting = `
@external("env", "proxy_get_shared_data")
declare function get_shared(key: usize, keySize: usize, value: usize, size: usize, cas: usize): i32;
@external("env", "proxy_set_shared_data")
declare function set_shared(key: usize, keySize: usize, value: usize, size: usize, cas: u32): i32;
@external("env", "proxy_add_header_map_value")
declare function add_header(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;
const key = String.UTF8.encode("x-count");
export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_context_create(id: i32, root: i32): void {}
export function proxy_on_response_headers(id: i32, count: i32, end: i32): i32 {
  const at = heap.alloc(12), name = changetype<usize>(key);
  let before = 0;
  if (get_shared(name, 7, at, at + 4, at + 8) == 0) before = load<u8>(load<u32>(at)) - 48;
  store<u8>(at, <u8>(before + 49));
  set_shared(name, 7, at, 1, 0);
  add_header(2, name, 7, at, 1);
  return 0;
}
`;

test(
  'filters of one vm_id share data in a service, whatever they are configured with, and not with another service',
  { timeout: 60_000 },
  async () => {
    const module = await compileFilter(counting);
    await using mesh = await startTestMesh();
    const filters = [
      testFilter('one', module, { vmId: 'both', config: { a: 1 } }),
      testFilter('two', module, { vmId: 'both', config: { a: 2 } }),
      testFilter('three', module, { vmId: 'alone' }),
    ];
    for (const service of ['cart', 'stock']) await setChain(mesh.target, 'f', service, filters, [module]);
    const count = async (service: string): Promise<unknown> =>
      (await ask(mesh.port(service))).headers['x-count'];
    // The last filter of the chain meets the response first.
    expect(await count('cart')).toBe('1, 1, 2');
    expect(await count('cart')).toBe('2, 3, 4');
    expect(await count('stock')).toBe('1, 1, 2');
  },
);
