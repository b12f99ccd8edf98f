import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PullSecret, Target } from '@wasmcast/core';
import { parseReference, pushModule, readImage } from '@wasmcast/oci';
import { startStrictRegistry } from '@wasmcast/testbed';
import { desiredFilter, observedWorkload, workloadId } from '../../../core/src/testing/values.ts';
import type { Context } from '../context.ts';
import { judgeImages } from './judge-images.ts';
import { trailModule } from '../../test/support/shop.ts';

type Registry = Awaited<ReturnType<typeof startStrictRegistry>>;

const nobody = { credentials: () => Promise.resolve({ kind: 'anonymous' } as const) };
const jane = {
  credentials: () => Promise.resolve({ kind: 'basic', username: 'jane', password: 'right' } as const),
};
const users = { jane: { password: 'right', rights: { '': ['pull', 'push'] } } } as const;

let stack: AsyncDisposableStack;
let registry: Registry;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  registry = stack.use(await startStrictRegistry());
});
afterEach(() => stack.disposeAsync());

const context: Context = {
  stdout: { write: () => {}, isTerminal: false },
  stderr: { write: () => {}, isTerminal: false },
  stdin: [] as unknown as AsyncIterable<Uint8Array>,
  env: { HOME: '/nowhere' },
  cwd: '/nowhere',
  user: 'me@here',
  stop: new AbortController().signal,
  signal: new AbortController().signal,
};

interface Situation {
  /** Of the mirror that the proxies pull from; default: the registry itself. */
  readonly at?: string;
  readonly agent?: string;
  readonly secret?: PullSecret;
  readonly options?: typeof jane | typeof nobody;
}

/** What is said of the image `a/b` on one workload of a target in that situation. */
async function remarks(from: Registry, { at = from.host, agent, secret, options = nobody }: Situation) {
  const { facts } = await readImage(`${from.host}/a/b:1`, options);
  const digest = facts.imageDigest;
  const pinned = { ...facts, reference: parseReference(`${from.host}/a/b@sha256:${digest}`) };
  const image = {
    reference: `${at}/a/b@sha256:${digest}`,
    digest,
    ...(secret !== undefined && { pullSecret: 'login' }),
  };
  const asked: string[] = [];
  const target = {
    name: 't',
    pullSecret: (namespace: string, name: string) => {
      asked.push(`${namespace}/${name}`);
      return Promise.resolve(secret ?? { kind: 'missing' });
    },
  } as unknown as Target;
  const filters = [desiredFilter('trail', { image, delivery: 'image' })];
  const found = await judgeImages(
    {
      target,
      observed: {
        target: 't',
        workloads: ['one', 'two'].map((name) => observedWorkload(name, agent === undefined ? {} : { agent })),
        versions: [],
        diagnostics: [],
        native: undefined,
      },
      chains: ['one', 'two'].map((name) => ({ workload: workloadId(name), direction: 'inbound', filters })),
    },
    new Map([['trail', pinned]]),
    context,
    context.stop,
  );
  expect(asked).toEqual(secret === undefined ? [] : ['foo/login']);
  return found.map((each) => `${each.severity} ${each.code}`);
}

describe('an image that proxies shall pull', () => {
  test('is judged by the very Istio that the workloads have', async () => {
    await pushModule(`${registry.host}/a/b:1`, await trailModule(), nobody);
    expect(await remarks(registry, { agent: '1.31' })).toEqual([]);
    expect(await remarks(registry, {})).toEqual([]);
    expect(await remarks(registry, { agent: '1.11' })).toEqual(['error WC-AGT-001']);
  });

  test('needs a login that opens it: the pull secret of the namespace is tried', async () => {
    const closed = stack.use(await startStrictRegistry({ users }));
    await pushModule(`${closed.host}/a/b:1`, await trailModule(), jane);
    const login = (password: string): PullSecret => ({
      kind: 'found',
      config: JSON.stringify({ auths: { [closed.host]: { username: 'jane', password } } }),
    });
    const on = (agent: string, secret?: PullSecret) =>
      remarks(closed, { agent, options: jane, ...(secret && { secret }) });
    expect(await on('1.29')).toEqual(['warning WC-AGT-006']);
    // Its token server is named as 127.0.0.1, which agents refuse since 1.30.
    expect(await on('1.30')).toEqual(['error WC-AGT-005', 'warning WC-AGT-006']);
    expect(await on('1.29', login('right'))).toEqual([]);
    expect(await on('1.29', login('wrong'))).toEqual(['error WC-AGT-014']);
    expect(await on('1.29', { kind: 'found', config: 'no JSON' })).toEqual(['error WC-AGT-014']);
    expect(await on('1.29', { kind: 'missing' })).toEqual(['error WC-AGT-011']);
    expect(await on('1.29', { kind: 'other-type', type: 'Opaque' })).toEqual(['error WC-AGT-012']);
    expect(await on('1.29', { kind: 'not-permitted' })).toEqual(['info WC-AGT-013']);
  });

  test('is looked for at the mirror that they pull from', async () => {
    await pushModule(`${registry.host}/a/b:1`, await trailModule(), nobody);
    const mirror = stack.use(await startStrictRegistry());
    expect(await remarks(registry, { at: mirror.host })).toEqual(['error WC-AGT-009']);
    await pushModule(`${mirror.host}/a/b:1`, await trailModule(), nobody);
    expect(await remarks(registry, { at: mirror.host })).toEqual([]);
    expect(await remarks(registry, { at: '127.0.0.1:1' })).toEqual(['warning WC-AGT-010']);
  });
});
