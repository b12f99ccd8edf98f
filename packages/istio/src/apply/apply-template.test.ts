import { describe, expect, it } from 'vitest';
import type { TemplateState } from '../compile/steps.ts';
import { templatePatch } from './apply-template.ts';

const base = {
  kind: 'PodTemplate',
  fleet: 'shop',
  workload: { namespace: 'foo', kind: 'Deployment', name: 'front' },
} as const;
const absent: TemplateState = { ...base, volume: null, mount: null, label: null };
const present: TemplateState = {
  ...base,
  volume: { name: 'wasmcast-shop' },
  mount: { name: 'wasmcast-shop', mountPath: '/x' },
  label: '0123456789abcdef',
};
const volume = '/spec/template/metadata/annotations/sidecar.istio.io~1userVolume';
const mount = '/spec/template/metadata/annotations/sidecar.istio.io~1userVolumeMount';
const label = '/spec/template/metadata/labels/mounts.wasmcast.dev~1shop';

describe('the patch of a pod template', () => {
  it('tests everything that it replaces', () => {
    const theirs = '[ {"name":"theirs"} ]';
    const seen = { uid: 'u', generation: 3, volume: theirs, mount: null, hasAnnotations: true };
    expect(templatePatch(absent, present, seen)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u' },
      { op: 'test', path: '/metadata/generation', value: 3 },
      { op: 'test', path: volume, value: theirs },
      { op: 'replace', path: volume, value: '[ {"name":"theirs"},{"name":"wasmcast-shop"} ]' },
      { op: 'test', path: mount, value: null },
      { op: 'add', path: mount, value: '[{"mountPath":"/x","name":"wasmcast-shop"}]' },
      { op: 'test', path: label, value: null },
      { op: 'add', path: label, value: '0123456789abcdef' },
    ]);
  });

  it('makes the annotations when there are none, and takes away what was ours alone', () => {
    const none = { uid: 'u', generation: 3, volume: null, mount: null, hasAnnotations: false };
    expect(templatePatch(absent, present, none).slice(2, 4)).toEqual([
      { op: 'test', path: '/spec/template/metadata/annotations', value: null },
      { op: 'add', path: '/spec/template/metadata/annotations', value: {} },
    ]);
    const seen = {
      uid: 'u',
      generation: 3,
      volume: '[{"name":"wasmcast-shop"}]',
      mount: '[{"name":"wasmcast-shop","mountPath":"/x"}]',
      hasAnnotations: true,
    };
    const ops = templatePatch(present, absent, seen);
    expect(ops.filter((op) => op.op !== 'test')).toEqual([
      { op: 'remove', path: volume },
      { op: 'remove', path: mount },
      { op: 'remove', path: label },
    ]);
  });
});
