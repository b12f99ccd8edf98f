import type { Step } from '@wasmcast/core';
import { expect, test } from 'vitest';
import { json, serveApi } from '../testing/api-server.ts';
import { obstacles } from './obstacles.ts';

const never = new AbortController().signal;

function creating(kind: string, namespace: string, name: string): Step {
  const after = { kind, metadata: { namespace, name, labels: {} } };
  const step = { stage: 'change', summary: '', precondition: null, before: null, restarts: 0 } as const;
  return { id: `create ${kind} ${namespace}/${name}`, ...step, after };
}

const steps = [
  creating('EnvoyFilter', 'foo', 'wasmcast-shop-a'),
  creating('EnvoyFilter', 'bar', 'wasmcast-shop-b'),
];

test('is what has the name of something that would be created, by one list for all namespaces', async () => {
  const metadata = (namespace: string, name: string): object => ({ metadata: { namespace, name } });
  const items = [
    metadata('foo', 'wasmcast-shop-b'),
    metadata('bar', 'wasmcast-shop-b'),
    metadata('elsewhere', 'wasmcast-shop-a'),
  ];
  await using api = await serveApi((_request, response) => json(response, 200, { metadata: {}, items }));
  const found = await obstacles(api.client, 'shop', steps, never);
  expect(found).toMatchObject([
    {
      severity: 'error',
      code: 'WC-IST-025',
      subject: 'EnvoyFilter bar/wasmcast-shop-b',
      help: expect.stringContaining('kubectl label envoyfilters -n bar wasmcast-shop-b') as string,
    },
  ]);
  expect(api.asked.length).toBe(1);
  expect(decodeURIComponent(api.asked[0] ?? '')).toContain('labelSelector=wasmcast.dev/fleet!=shop');
});

test('is not asked about when nothing is created, and is unknown where nothing may be seen', async () => {
  await using api = await serveApi((_request, response) => json(response, 403, { code: 403 }));
  const present = steps.map((step) => ({ ...step, before: step.after }));
  expect(await obstacles(api.client, 'shop', present, never)).toEqual([]);
  expect(api.asked).toEqual([]);
  expect(await obstacles(api.client, 'shop', steps, never)).toEqual([]);
});
