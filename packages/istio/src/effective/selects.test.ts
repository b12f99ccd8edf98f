import type { JsonObject } from '@wasmcast/core';
import { expect, it } from 'vitest';
import { kinds } from '../api/kinds.ts';
import { selectsProxy } from './selects.ts';

const gateway = { 'gateway.networking.k8s.io/gateway-name': 'public' };

it.each<[what: string, namespace: string, spec: JsonObject, isSelected: boolean]>([
  ['a namespace of its own', 'foo', {}, true],
  ['another namespace', 'bar', {}, false],
  ['the root namespace', 'istio-system', {}, true],
  ['labels that it has', 'foo', { selector: { matchLabels: { app: 'web' } } }, true],
  ['labels that it has not', 'foo', { selector: { matchLabels: { app: 'db' } } }, false],
  ['an EnvoyFilter for other labels', 'foo', { workloadSelector: { labels: { app: 'db' } } }, false],
  ['its Gateway', 'foo', { targetRefs: [{ kind: 'Gateway', name: 'public' }] }, true],
  ['another Gateway', 'foo', { targetRefs: [{ kind: 'Gateway', name: 'private' }] }, false],
  ['a Service, which only waypoints have', 'foo', { targetRefs: [{ kind: 'Service', name: 'web' }] }, false],
  ['what is no selector at all', 'foo', { selector: 'all' }, true],
])('%s', (_what, namespace, spec, isSelected) => {
  const source = { kind: kinds.WasmPlugin, object: { metadata: { name: 'x', namespace }, spec } };
  expect(selectsProxy(source, { namespace: 'foo', labels: { app: 'web', ...gateway } })).toBe(isSelected);
});
