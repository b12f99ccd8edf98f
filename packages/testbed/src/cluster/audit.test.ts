import { expect, test } from 'vitest';
import { isWrite } from './audit.ts';
import type { AuditEntry } from './audit.ts';

const entry = (change: Partial<AuditEntry>): AuditEntry => ({
  verb: 'patch',
  user: 'ann',
  userAgent: 'test',
  resource: 'apps/deployments',
  namespace: 'foo',
  name: 'frontpage',
  uri: '/apis/apps/v1/namespaces/foo/deployments/frontpage?fieldManager=x',
  status: 200,
  at: 0,
  ...change,
});

test.each([
  ['a patch', {}],
  ['a delete of many', { verb: 'deletecollection' }],
  ['an update of a subresource that is stored', { verb: 'update', resource: 'apps/deployments/scale' }],
  ['an eviction', { verb: 'create', resource: 'pods/eviction', status: 201 }],
] as const)('%s is a write', (_, change) => {
  expect(isWrite(entry(change))).toBe(true);
});

test.each([
  ['a read', { verb: 'list' }],
  ['a dry run', { uri: '/apis/apps/v1/namespaces/foo/deployments?dryRun=All' }],
  ['a refused one', { status: 409 }],
  ['a question about rights', { verb: 'create', resource: 'authorization.k8s.io/selfsubjectaccessreviews' }],
  ['a token', { verb: 'create', resource: 'serviceaccounts/token' }],
  ['a port-forward', { verb: 'create', resource: 'pods/portforward', status: 101 }],
] as const)('%s is not', (_, change) => {
  expect(isWrite(entry(change))).toBe(false);
});
