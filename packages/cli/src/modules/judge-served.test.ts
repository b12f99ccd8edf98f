import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { servedAt } from '@wasmcast/core';
import type { Delivered } from '@wasmcast/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desiredFilter, workloadId } from '../../../core/src/testing/values.ts';
import { judgeServed } from './judge-served.ts';

const filter = desiredFilter('a', { delivery: 'http' });
const server = createServer((request, response) => {
  const known = request.url?.startsWith('/good/') === true || request.url?.startsWith('/cut/') === true;
  const size = request.url?.startsWith('/cut/') === true ? 7 : filter.moduleSize;
  response.writeHead(known ? 200 : 404, { 'content-length': known ? size : 0 }).end();
});
let base: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

async function judged(at: string): Promise<readonly string[]> {
  const filters = [{ ...filter, served: servedAt(at, filter.moduleDigest) }];
  const chains = [{ workload: workloadId('front'), direction: 'inbound', filters }];
  const remarks = await judgeServed({ chains } as unknown as Delivered, AbortSignal.timeout(10_000));
  return remarks.map(({ severity, summary, filter: name }) => `${name}: ${severity}: ${summary}`);
}

test('a module that is served is nothing to speak of; one that is not, or is another, refuses the plan', async () => {
  expect(await judged(`${base}/good`)).toEqual([]);
  expect(await judged(`${base}/none`)).toEqual([expect.stringMatching(/^a: error: .*it answers 404$/)]);
  expect(await judged(`${base}/cut`)).toEqual([
    expect.stringMatching(/^a: error: .*7 bytes there instead of/),
  ]);
});

test('a server that is only reached from the cluster is remarked', async () => {
  expect(await judged('http://modules.invalid')).toEqual([
    expect.stringMatching(/^a: warning: .*could not be asked from here.*\(ENOTFOUND|EAI_AGAIN\)$/),
  ]);
});
