import { expect, it } from 'vitest';
import { restartNote } from './restart-note.ts';

const object = (spec: object) => ({ metadata: { name: 'x' }, spec });

it.each<[string, object, RegExp | undefined]>([
  ['Deployment', { replicas: 2 }, undefined],
  ['Deployment', { replicas: 1 }, /^single replica$/],
  ['Deployment', {}, /^single replica$/],
  ['Deployment', { replicas: 0 }, /^scaled to zero/],
  ['Deployment', { replicas: 3, strategy: { type: 'Recreate' } }, /^Recreate/],
  ['Deployment', { replicas: 3, paused: true, strategy: { type: 'Recreate' } }, /^paused/],
  ['StatefulSet', { replicas: 3, updateStrategy: { type: 'OnDelete' } }, /^OnDelete/],
  ['StatefulSet', { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } }, /^partition 2/],
  ['DaemonSet', { updateStrategy: { type: 'OnDelete' } }, /^OnDelete/],
  ['DaemonSet', { updateStrategy: { type: 'RollingUpdate' } }, undefined],
])('%s %j', (kind, spec, note) => {
  expect(restartNote(kind, object(spec)) ?? '').toMatch(note ?? /^$/);
});
