import { expect, it } from 'vitest';
import { native, workload } from '../testing/native.ts';
import type { NativeWorkload } from '../native.ts';
import { observedWorkload } from './observed-workload.ts';

const version = (seen: NativeWorkload): string => observedWorkload(seen, native([seen])).version;
const scaled = (seen: NativeWorkload, replicas: number): NativeWorkload => ({
  ...seen,
  object: {
    ...seen.object,
    metadata: { ...seen.object.metadata, generation: 2 },
    spec: { ...seen.object.spec, replicas },
  },
});

it('a saved plan survives an autoscaler, and no other change of the workload', () => {
  const before = version(workload());
  expect(version(scaled(workload(), 7))).toBe(before);
  expect(version(workload({ paused: true }))).not.toBe(before);
  const restarted = { labels: { app: 'frontpage', version: 'v1' }, annotations: { restartedAt: 'now' } };
  expect(version(workload({ template: { metadata: restarted } }))).not.toBe(before);
});
