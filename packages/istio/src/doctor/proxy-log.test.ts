import { describe, expect, it } from 'vitest';
import { recordedText } from '../testing/recorded.ts';
import { readProxyLog } from './proxy-log.ts';

describe('the log of a sidecar of Istio 1.31', () => {
  const log = readProxyLog(recordedText('proxy-log.txt'));

  it('has what the agent could not fetch, and what it put in its place', () => {
    expect(log.pulls.map(({ url, placeholder }) => [url, placeholder])).toEqual([
      ['oci://registry.example:5000/istio-test/none:1', 'allow'],
      ['oci://registry.example:5000/istio-test/none:2', 'deny'],
      ['oci://registry.example:5000/istio-test/doctor-rec:1', 'deny'],
    ]);
    expect(log.pulls[0]?.words).toMatch(
      /^could not fetch Wasm OCI image: .*MANIFEST_UNKNOWN: manifest unknown; map\[Tag:1\]$/,
    );
  });

  it('has what Envoy refused, once each', () => {
    expect(log.refusals).toEqual([
      {
        resource: 'Listener',
        words:
          "Provider 'origins-0' in jwt_authn config has invalid local jwks: Jwks doesn't have any valid public key",
      },
      {
        resource: 'TypedExtensionConfig',
        words: 'Unable to create Wasm plugin doctor-rec.bad-import~istio-translated-wasmplugin',
      },
      { resource: 'Listener', words: 'Invalid path: /var/local/lib/wasm-filters/0123456789abcdef.wasm' },
    ]);
  });

  it('has why a VM did not come up', () => {
    expect(log.vms).toEqual([
      'Failed to load Wasm module due to a missing import: env.proxy_nonsense',
      'Wasm VM failed Failed to initialize Wasm code',
      'Plugin doctor-rec.bad-import~istio-translated-wasmplugin failed to load',
    ]);
  });

  it('has the last word of the agent about why Envoy is not ready', () => {
    expect(log.notReady).toMatch(/^config received from XDS server, but was rejected/);
    const start =
      'T warn Envoy proxy is NOT ready: config not received from XDS server (is Istiod running?): cds updates: 0';
    expect(readProxyLog(start).notReady).toMatch(/^config not received/);
  });

  it('has nothing when nothing is said', () => {
    const nothing = { pulls: [], refusals: [], vms: [], traps: [], notReady: undefined };
    expect(readProxyLog('')).toEqual(nothing);
    expect(readProxyLog('\n\u0000 rejected: \ncannot fetch Wasm module')).toEqual(nothing);
  });
});
