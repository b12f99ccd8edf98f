import { expect, test } from 'vitest';
import type { AuditEntry } from '@wasmcast/testbed';
import { noOpFaults, requestsText } from './requests.ts';

const entry = (verb: string, resource: string): AuditEntry => ({
  verb,
  resource,
  user: 'u',
  userAgent: 'a',
  namespace: 'n',
  name: undefined,
  uri: `/${resource}`,
  status: 200,
  at: 0,
});

test('what an apply with nothing to do must not ask', () => {
  const review = entry('create', 'authorization.k8s.io/selfsubjectrulesreviews');
  expect(noOpFaults([review, entry('list', 'pods'), entry('list', 'configmaps')])).toEqual([]);
  expect(noOpFaults([entry('list', 'pods'), entry('list', 'pods'), entry('create', 'leases')])).toEqual([
    'writes: create /leases',
    'lists pods 2 times',
  ]);
});

test('counts by verb and resource', () => {
  expect(requestsText([])).toBe('none');
  expect(
    requestsText([entry('get', 'a'), entry('create', 'a'), entry('create', 'a'), entry('create', 'b')]),
  ).toBe('create 3 (a 2, b 1), get 1 (a)');
});
