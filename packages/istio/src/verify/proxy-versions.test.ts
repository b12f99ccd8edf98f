import { expect, test } from 'vitest';
import { ProxyVersions } from './proxy-versions.ts';
import { readServerInfo } from './server-info.ts';

const says = (envoy: string) => async () =>
  readServerInfo(JSON.stringify({ version: `0123/${envoy}/Clean/RELEASE/BoringSSL` }));
const silent = async () => readServerInfo('{}');
const digest = 'docker.io/istio/proxyv2@sha256:00';

test('one proxy of an image is asked, once it has answered', async () => {
  const versions = new ProxyVersions();
  expect(await versions.of(digest, silent)).toBeUndefined();
  expect(await versions.of(digest, says('1.40.0'))).toBe('1.40.0');
  expect(await versions.of(digest, says('1.39.0'))).toBe('1.40.0');
  expect(await versions.of('docker.io/istio/proxyv2@sha256:01', says('1.39.0'))).toBe('1.39.0');
});

test.each([undefined, '', 'istio/proxyv2:1.31'])(
  'an image that is only named (%s) says nothing',
  async (id) => {
    const versions = new ProxyVersions();
    expect(await versions.of(id, says('1.40.0'))).toBe('1.40.0');
    expect(await versions.of(id, says('1.39.0'))).toBe('1.39.0');
  },
);
