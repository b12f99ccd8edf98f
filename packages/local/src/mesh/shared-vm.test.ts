import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileFilter, type TestModule } from '../testing/filters.ts';
import { startTestMesh, type TestMesh } from '../testing/meshes.ts';
import { ask } from '../testing/raw-http.ts';
import { setChain, testFilter } from '../testing/rollouts.ts';

/** Counts responses in the memory of its VM; `host/test/shared-vm.test.ts` runs it in Envoy, which counts in the same way. */
const source = new URL('../../../host/test/assembly/counting.ts', import.meta.url);

describe('filters of one vm_id and module in a service', { timeout: 60_000 }, () => {
  let module: TestModule;
  beforeAll(async () => {
    module = await compileFilter(await readFile(source, 'utf8'));
  }, 60_000);

  async function configure(mesh: TestMesh, one: string, two: string, service = 'cart'): Promise<void> {
    const filters = [
      testFilter('one', module, { vmId: 'both', config: { is: one } }),
      testFilter('two', module, { vmId: 'both', config: { is: two } }),
    ];
    await setChain(mesh.target, 'f', service, filters, [module]);
  }

  async function count(mesh: TestMesh, service = 'cart'): Promise<string> {
    const { headers } = await ask(mesh.port(service));
    return String(headers['x-count']).replaceAll(/\{"is":"(.*?)"\}/g, '$1');
  }

  test('count in one memory, also when one of them is configured anew', async () => {
    await using mesh = await startTestMesh();
    await configure(mesh, 'a', 'b');
    expect(await count(mesh)).toBe('b:1, a:2');
    await configure(mesh, 'a', 'c');
    expect(await count(mesh)).toBe('c:3, a:4');
    await configure(mesh, 'd', 'd');
    expect(await count(mesh)).toBe('d:5, d:6');
  });

  test('are not touched by a configuration that is refused: it is tried in another VM', async () => {
    await using mesh = await startTestMesh();
    await configure(mesh, 'a', 'b');
    expect(await count(mesh)).toBe('b:1, a:2');
    await expect(configure(mesh, 'a', 'refuse')).rejects.toThrow('two refused its configuration');
    expect(await count(mesh)).toBe('b:3, a:4');
  });

  test('share nothing with those of another service, which is another proxy', async () => {
    await using mesh = await startTestMesh();
    await configure(mesh, 'a', 'b');
    await configure(mesh, 'a', 'b', 'stock');
    expect(await count(mesh)).toBe('b:1, a:2');
    expect(await count(mesh, 'stock')).toBe('b:1, a:2');
  });

  test('have another memory when all of them were gone', async () => {
    await using mesh = await startTestMesh();
    await configure(mesh, 'a', 'b');
    expect(await count(mesh)).toBe('b:1, a:2');
    await setChain(mesh.target, 'f', 'cart', [], [module]);
    await configure(mesh, 'a', 'b');
    expect(await count(mesh)).toBe('b:1, a:2');
  });
});
