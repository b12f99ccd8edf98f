import { expect, it } from 'vitest';
import { pod } from '../testing/native.ts';
import { workloadOfPod } from './pods.ts';

const owned = (kind: string, name: string, labels = {}) =>
  pod('p', { metadata: { name: 'p', labels, ownerReferences: [{ kind, name, controller: true }] } });

it.each([
  [owned('ReplicaSet', 'front-v1-abc12', { 'pod-template-hash': 'abc12' }), 'Deployment/front-v1'],
  [owned('StatefulSet', 'db'), 'StatefulSet/db'],
  [owned('DaemonSet', 'log'), 'DaemonSet/log'],
  [owned('ReplicaSet', 'by-hand'), undefined],
  [owned('ReplicaSet', 'front-v1-abc12', { 'pod-template-hash': 'other' }), undefined],
  [owned('Job', 'once'), undefined],
  [pod('bare'), undefined],
])('a pod belongs to its workload (%#)', (object, workload) => {
  expect(workloadOfPod(object)).toBe(workload);
});
