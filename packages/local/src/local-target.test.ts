import { inverse, type Sha256, type Step } from '@wasmcast/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileFilter, trailFilter, type TestModule } from './testing/filters.ts';
import { startTestMesh, testService } from './testing/meshes.ts';
import { ask } from './testing/raw-http.ts';
import { planChain, setChain, testChain, testFilter } from './testing/rollouts.ts';

let a: TestModule;
let b: TestModule;
beforeAll(async () => {
  [a, b] = await Promise.all([compileFilter(trailFilter('a')), compileFilter(trailFilter('b'))]);
}, 60_000);

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

describe('applying a step to an embedded mesh', () => {
  it('again does nothing, not even a new VM', async () => {
    await using mesh = await startTestMesh();
    const steps = await planChain(mesh.target, 'f', 'cart', [testFilter('one', a)], [a]);
    for (const step of [...steps, ...steps])
      // oxlint-disable-next-line no-await-in-loop
      await mesh.target.apply(step, soon());
    expect(mesh.events.filter((event) => event.message === 'configured a')).toHaveLength(1);
  });

  it('starts only the plugins that changed', async () => {
    await using mesh = await startTestMesh();
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a), testFilter('two', b)], [a, b]);
    await setChain(mesh.target, 'g', 'cart', [testFilter('one', a)], [a]);
    const before = mesh.events.length;
    const after = [testFilter('two', b), testFilter('one', a, { config: { new: 1 } })];
    await setChain(mesh.target, 'f', 'cart', after, [a, b]);
    expect(mesh.events.slice(before).map((event) => event.message)).toEqual(['configured a']);
  });

  it('fails when the chain is neither as before nor as after', async () => {
    await using mesh = await startTestMesh();
    const steps = await planChain(mesh.target, 'f', 'cart', [testFilter('one', a)], [a]);
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', b)], [b]);
    const change = steps.find((step) => step.stage === 'change') as Step;
    await expect(mesh.target.apply(change, soon())).rejects.toMatchObject({ code: 'WC-LOC-004' });
    await expect(mesh.target.apply(inverse(change), soon())).rejects.toMatchObject({ code: 'WC-LOC-004' });
    expect((await ask(mesh.port('cart'))).headers['x-trail']).toBe('b:{}');
  });

  it('fails on another start of the mesh than the plan saw', async () => {
    let steps: readonly Step[];
    {
      await using first = await startTestMesh();
      steps = await planChain(first.target, 'f', 'cart', [testFilter('one', a)], [a]);
    }
    await using second = await startTestMesh();
    const [prepare, change] = steps as [Step, Step];
    await second.target.apply(prepare, soon());
    await expect(second.target.apply(change, soon())).rejects.toMatchObject({ code: 'WC-LOC-004' });
  });

  it('that takes a module away fails while a chain has it', async () => {
    await using mesh = await startTestMesh();
    const steps = await planChain(mesh.target, 'f', 'cart', [testFilter('one', a)], [a]);
    const [prepare, change] = steps as [Step, Step];
    await mesh.target.apply(prepare, soon());
    await mesh.target.apply(change, soon());
    await expect(mesh.target.apply(inverse(prepare), soon())).rejects.toMatchObject({ code: 'WC-LOC-008' });
    await mesh.target.apply(inverse(change), soon());
    await mesh.target.apply(inverse(prepare), soon());
    const observed = await mesh.target.observe({ fleet: 'f', selectors: [] }, soon());
    expect(observed.native).toMatchObject({ modules: [] });
  });

  it('does not take bytes that are not those of the digest, or no module', async () => {
    await using mesh = await startTestMesh();
    const [prepare] = (await planChain(mesh.target, 'f', 'cart', [testFilter('one', a)], [a])) as [Step];
    const withBytes = (bytes: Uint8Array, digest: Sha256): Step => ({
      ...prepare,
      after: {
        kind: 'module',
        fleet: 'f',
        digest,
        size: bytes.length,
        bytes: Buffer.from(bytes).toString('base64'),
      },
    });
    const wrong = mesh.target.apply(withBytes(b.bytes, a.digest), soon());
    await expect(wrong).rejects.toMatchObject({ code: 'WC-LOC-006' });
    const none = mesh.target.apply(withBytes(Buffer.from('not wasm'), a.digest), soon());
    await expect(none).rejects.toMatchObject({ code: 'WC-LOC-005' });
    const cut = mesh.target.apply(withBytes(a.bytes.subarray(0, 200), a.digest), soon());
    await expect(cut).rejects.toMatchObject({ code: 'WC-LOC-005' });
  });

  it('does not take a chain whose module was not uploaded', async () => {
    await using mesh = await startTestMesh();
    const [, change] = await planChain(mesh.target, 'f', 'cart', [testFilter('one', a)], [a]);
    await expect(mesh.target.apply(change as Step, soon())).rejects.toMatchObject({ code: 'WC-LOC-006' });
    expect((await ask(mesh.port('cart'))).status).toBe(200);
  });
});

describe('verifying an embedded mesh', () => {
  it('sees another configuration, another module and another place than expected', async () => {
    await using mesh = await startTestMesh([testService('cart')]);
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a), testFilter('two', b)], [a, b]);
    const read = async (...filters: Parameters<typeof testChain>[2][number][]) => {
      const seen = [];
      for await (const { filters: verdicts } of mesh.target.verify(
        'f',
        [testChain(mesh.target, 'cart', filters)],
        soon(),
      ))
        seen.push(...verdicts.map(({ filter, verdict }) => `${filter} ${verdict}`));
      return seen;
    };
    const [one, two] = [testFilter('one', a), testFilter('two', b)];
    expect(await read(one, two)).toEqual(['one live', 'two live']);
    expect(await read(two, one)).toEqual(['two out-of-order', 'one out-of-order']);
    expect(await read(testFilter('one', b), testFilter('two', b, { config: { x: 1 } }))).toEqual([
      'one wrong-digest',
      'two wrong-config',
    ]);
    expect(await read(one)).toEqual(['one live', 'two still-there']);
  });

  it('calls nothing live on a service that is not there', async () => {
    await using mesh = await startTestMesh([testService('cart')]);
    const read = async (filters: readonly ReturnType<typeof testFilter>[]) => {
      const chain = testChain(mesh.target, 'gone', filters);
      const seen = [];
      for await (const verdict of mesh.target.verify('f', [chain], soon())) seen.push(verdict.filters);
      return seen;
    };
    expect(await read([testFilter('one', a)])).toMatchObject([[{ filter: 'one', verdict: 'not-in-chain' }]]);
    expect(await read([])).toEqual([]);
  });
});
