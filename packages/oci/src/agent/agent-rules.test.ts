import type { Sha256 } from '@wasmcast/core';
import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../remote/media-types.ts';
import { agentDiagnostics, takenBy, versionRange } from './agent-rules.ts';
import type { ImageFacts } from './image-facts.ts';
import { parseIstioVersion } from './istio-version.ts';

const digest = (digit: string): Sha256 => digit.repeat(64) as Sha256;
const layer = { mediaType: mediaTypes.ociLayer, size: 1000, digest: digest('a') };
const good: ImageFacts = {
  reference: { registry: 'registry.example', repository: 'team/filter', digest: digest('1') },
  imageDigest: digest('1'),
  layers: [layer],
  module: { kind: 'taken', layout: 'oci', digest: digest('2'), size: 5000 },
  needsCredentials: false,
  realms: [],
};

function codes(facts: Partial<ImageFacts>, situation: Partial<Parameters<typeof agentDiagnostics>[1]> = {}) {
  const list = agentDiagnostics({ ...good, ...facts }, { onFailure: 'closed', ...situation });
  return list.map((each) => `${each.severity} ${each.code}`);
}

describe('what the agent would do', () => {
  test('an image as wasmcast pushes it is taken by every Istio that has images', () => {
    expect(codes({})).toEqual([]);
    expect(versionRange(takenBy(good))).toBe('1.12 to 1.31');
    expect(codes({}, { istio: '1.11' })).toEqual(['error WC-AGT-001']);
  });

  test('the digest of an index is not that of the image', () => {
    expect(codes({ indexDigest: digest('1'), imageDigest: digest('3') })).toEqual(['error WC-AGT-002']);
    expect(codes({ indexDigest: digest('4') })).toEqual([]);
  });

  test('a layout that nobody reads is refused, and what would happen is said for each Istio and policy', () => {
    const module = { kind: 'refused', reason: 'layout', message: 'no proxy can read this image' } as const;
    expect(takenBy({ ...good, module })).toEqual([]);
    expect(versionRange([])).toBe('none');
    const said = (istio: '1.24' | '1.25', onFailure: 'open' | 'closed' | 'reload') =>
      agentDiagnostics({ ...good, module }, { istio, onFailure })[0]?.detail?.[0];
    expect(said('1.25', 'closed')).toMatch(/answers every request with 403/);
    expect(said('1.25', 'reload')).toMatch(/answers every request with 403/);
    expect(said('1.25', 'open')).toMatch(/lets every request through/);
    expect(said('1.24', 'closed')).toMatch(/refuse the configuration/);
  });

  test('several layers are taken since 1.16, the artifact always', () => {
    const layers = [layer, layer];
    expect(versionRange(takenBy({ ...good, layers }))).toBe('1.16 to 1.31');
    const module = { kind: 'taken', layout: 'oci-artifact', digest: digest('2'), size: 1 } as const;
    expect(versionRange(takenBy({ ...good, layers, module }))).toBe('1.12 to 1.31');
  });

  test.each([
    ['http://10.0.0.1/token', true],
    ['http://[::1]/token', true],
    ['https://localhost/token', true],
    ['https://metadata.google.internal/', true],
    ['ftp://auth.example/', true],
    ['https://auth.example/token', false],
    ['https://8.8.8.8/token', false],
    ['http://auth.internal/token', false],
    ['Registry Realm', true],
  ])('the realm %s is refused since 1.30: %s', (realm, refused) => {
    const realms = ['https://auth.example/token', realm];
    expect(codes({ realms }, { istio: '1.30' })).toEqual(refused ? ['error WC-AGT-005'] : []);
    expect(codes({ realms })).toEqual(refused ? ['warning WC-AGT-005'] : []);
    expect(codes({ realms }, { istio: '1.29' })).toEqual([]);
  });

  test('a private registry needs a pull secret; a large image needs time', () => {
    expect(codes({ needsCredentials: true })).toEqual(['warning WC-AGT-006']);
    expect(codes({ needsCredentials: true }, { pullSecret: 'regcred' })).toEqual([]);
    expect(codes({ layers: [{ ...layer, size: 100_000_000 }] })).toEqual(['warning WC-AGT-007']);
  });

  test.each([
    ['1.27.3', '1.27'],
    ['v1.9.0', '1.9'],
    ['1.31-alpha.eed52ebb', '1.31'],
    ['2.0', undefined],
    ['', undefined],
  ])('the version %s is %s', (text, version) => {
    expect(parseIstioVersion(text)).toBe(version);
  });
});
