import { describe, expect, test } from 'vitest';
import type { ProbePolicy } from '../model/rollout-policy.ts';
import { workloadAddress, type WorkloadId } from '../model/workload.ts';
import type { ProbeDesign } from '../ports/probing.ts';
import { desiredFilter, digest } from '../testing/values.ts';
import type { Action } from './diff-chains.ts';
import { planProbes } from './plan-probes.ts';

/** `one/a`: workload a of namespace one. */
function id(path: string): WorkloadId {
  const [namespace = '', name = ''] = path.split('/');
  return { target: 't', namespace, kind: 'Deployment', name };
}

function begins(path: string, pullSecret?: string): Action {
  const image = { reference: 'registry.example/f', digest: digest('e') };
  const after = desiredFilter('f', {
    delivery: 'image',
    image: { ...image, ...(pullSecret !== undefined && { pullSecret }) },
  });
  return { kind: 'install', workload: workloadAddress(id(path)), direction: 'inbound', filter: 'f', after };
}

const file = (path: string): Action => ({
  ...begins(path),
  after: desiredFilter('f', { delivery: 'configmap' }),
});

function chosen(
  waves: readonly (readonly string[])[],
  actions: readonly Action[],
  { policy = 'auto', no = [] }: { readonly policy?: ProbePolicy; readonly no?: readonly string[] } = {},
): { readonly workloads: readonly string[]; readonly codes: readonly string[] } {
  const paths = waves.flat();
  const design = ([chain]: readonly { readonly workload: WorkloadId }[]): ProbeDesign => {
    const path = `${chain?.workload.namespace}/${chain?.workload.name}`;
    if (no.includes(path)) return { kind: 'none', why: `${path} is a gateway` };
    return { kind: 'probe', summary: path, native: null };
  };
  const { probes, diagnostics } = planProbes({
    target: { name: 't', probing: { design, start: () => Promise.reject(new Error('no')) } },
    change: {
      fleet: 'shop',
      chains: paths.map((path) => ({ workload: id(path), direction: 'inbound', filters: [] })),
      removeAll: false,
      retained: [],
    },
    observed: { target: 't', workloads: [], versions: [], diagnostics: [], native: undefined },
    policy,
    actions,
    waves: waves.map((wave) => ({
      workloads: wave.map((path) => workloadAddress(id(path))),
      instances: wave.length,
      restarts: 0,
      pauseMs: 0,
      manual: false,
    })),
  });
  return { workloads: probes.map((probe) => probe.summary), codes: diagnostics.map((d) => d.code) };
}

describe('probes', () => {
  test('stand for the first of the first wave, of those in which something begins to run', () => {
    const moved: Action = { ...file('one/a'), kind: 'reorder' };
    expect(chosen([['one/a', 'one/b'], ['one/c']], [moved, file('one/b'), file('one/c')])).toEqual({
      workloads: ['one/b'],
      codes: [],
    });
    expect(chosen([['one/a']], [moved])).toEqual({ workloads: [], codes: [] });
  });

  test('pull each image where it will be pulled: one for each namespace and secret', () => {
    const waves = [['one/a'], ['one/b', 'two/c', 'two/d', 'two/e']];
    const actions = [
      begins('one/a'),
      begins('one/b'),
      begins('two/c'),
      begins('two/d', 'key'),
      begins('two/e'),
    ];
    expect(chosen(waves, actions).workloads).toEqual(['one/a', 'two/c', 'two/d']);
  });

  test('stand for the next one where there can be none, and that is said when there is no next', () => {
    const waves = [['one/a', 'one/b'], ['one/c']];
    const actions = [file('one/a'), file('one/b'), file('one/c')];
    expect(chosen(waves, actions, { no: ['one/a'] })).toEqual({ workloads: ['one/b'], codes: [] });
    const no = ['one/a', 'one/b'];
    expect(chosen(waves, actions, { no }).codes).toEqual(['WC-PROBE-002']);
    expect(chosen(waves, actions, { no, policy: 'required' }).codes).toEqual(['WC-PROBE-001']);
    expect(chosen(waves, actions, { policy: 'off' })).toEqual({ workloads: [], codes: [] });
  });
});
