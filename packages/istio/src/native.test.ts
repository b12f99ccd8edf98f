import { expect, it } from 'vitest';
import { pod, workload } from './testing/native.ts';
import { revisionOf } from './native.ts';

type Labels = Readonly<Record<string, string>>;

it.each<[string, string, { pods?: Labels; template?: Labels; namespace?: Labels }]>([
  ['1-31', 'pods', { pods: { 'istio.io/rev': '1-31' }, namespace: { 'istio.io/rev': '1-32' } }],
  ['1-32', 'its namespace', { namespace: { 'istio.io/rev': '1-32' }, template: { 'istio.io/rev': '1-30' } }],
  ['1-30', 'its template', { template: { 'istio.io/rev': '1-30' } }],
  [
    'default',
    'istio-injection',
    { namespace: { 'istio-injection': 'enabled' }, template: { 'istio.io/rev': 'x' } },
  ],
  ['default', 'nothing', {}],
])('%s is the revision that a workload is told by %s', (revision, _, said) => {
  const { pods, template = {}, namespace = {} } = said;
  const seen = {
    ...workload({ template: { metadata: { labels: template } } }),
    pods: pods === undefined ? [] : [pod('a', { metadata: { name: 'a', annotations: pods } })],
  };
  expect(revisionOf(seen, { namespaces: new Map([['foo', namespace]]) })).toBe(revision);
});
