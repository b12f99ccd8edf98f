import { describe, expect, it } from 'vitest';
import type { Meta } from '../api/objects.ts';
import { ownerOf } from './owner.ts';
import { lastWriter, lastWriterOf } from './writers.ts';

/** As the API server had it after `kubectl edit` of an object of ours, and after a status was reported. */
const edited: Meta = {
  name: 'x',
  managedFields: [
    {
      manager: 'wasmcast',
      operation: 'Update',
      time: '2026-11-23T01:00:00Z',
      fieldsV1: {
        'f:metadata': { 'f:labels': { 'f:wasmcast.dev/fleet': {} } },
        'f:spec': { 'f:priority': {} },
      },
    },
    {
      manager: 'kubectl-edit',
      operation: 'Update',
      time: '2026-11-23T02:00:00Z',
      fieldsV1: { 'f:spec': { 'f:configPatches': {} } },
    },
    {
      manager: 'istiod',
      operation: 'Update',
      time: '2026-11-23T03:00:00Z',
      subresource: 'status',
      fieldsV1: {},
    },
  ],
};

describe('who wrote what', () => {
  it('knows the last writer, and does not count who reports a status', () => {
    expect(lastWriter(edited)).toEqual({ manager: 'kubectl-edit', at: '2026-11-23T02:00:00Z' });
  });

  it.each([
    [['spec', 'priority'], 'wasmcast'],
    [['spec', 'configPatches', 'anything in it'], 'kubectl-edit'],
    [['spec'], 'kubectl-edit'],
    [['metadata', 'labels', 'wasmcast.dev/fleet'], 'wasmcast'],
    [['metadata', 'annotations'], undefined],
  ])('of %j', (path, manager) => {
    expect(lastWriterOf(edited, [path])?.manager).toBe(manager);
  });

  it('says which tool keeps an object', () => {
    const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
    expect(ownerOf({ ...edited, labels })).toBe('Helm');
    expect(
      ownerOf({ ...edited, annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/x:foo/y' } }),
    ).toBe('Argo CD application shop');
    expect(ownerOf({ name: 'x', ownerReferences: [{ kind: 'Gateway', name: 'g', controller: true }] })).toBe(
      'Gateway g',
    );
    expect(ownerOf(edited)).toBe('kubectl-edit');
    expect(ownerOf({ name: 'x' })).toBeUndefined();
  });
});
