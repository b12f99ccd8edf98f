import type { Direction, FailurePolicy } from '@wasmcast/core';
import { compareReleases, type Release } from './release.ts';

/** What carries a filter that is delivered as an image. */
export type ImageKind = 'WasmPlugin' | 'TrafficExtension';

/** What a release of Istio can be told of a filter, and what it makes of it. */
export interface Knowledge {
  readonly imageKinds: readonly ImageKind[];
  /** The directions that an image filter of a sidecar runs in: only those of its `match`, or what the release always does. */
  readonly imageDirections: 'as-matched' | readonly Direction[];
  /** `vmConfig.env` of an image. */
  readonly imageEnv: boolean;
  readonly imagePullSecret: boolean;
  /** What `failStrategy` of an image can say. Without the field there is one policy only. */
  readonly imagePolicies: readonly FailurePolicy[];
  /** How Envoy's PluginConfig says what becomes of requests when the VM is dead. */
  readonly policyField: 'fail_open' | 'failure_policy';
  /**
   * What the agent makes of an image that it cannot fetch, when the filter is fail-closed. `refused`: the update is refused
   * and the proxy keeps what it had. `denied`: it is accepted, and every request is answered 403.
   */
  readonly unfetched: 'refused' | 'denied';
  /** What its agent calls the file of a fetched image. */
  readonly fileName: 'module-digest' | 'image-digest';
  /** What precedes `<namespace>.<name>` in the name of a discovered filter. */
  readonly discoveryPrefix: string;
  /** What follows the name of a WasmPlugin there. */
  readonly discoverySuffix: string;
}

/** From a release on something is different; `source` says where that was read. */
interface Row {
  readonly since: Release;
  readonly source: string;
  readonly knows: Partial<Knowledge>;
}

const oldestKnown: Knowledge = {
  imageKinds: ['WasmPlugin'],
  imageDirections: ['inbound'],
  imageEnv: false,
  imagePullSecret: false,
  imagePolicies: ['closed'],
  policyField: 'fail_open',
  unfetched: 'refused',
  fileName: 'module-digest',
  discoveryPrefix: '',
  discoverySuffix: '',
};

/** Paths are of istio/istio, on the branch `release-<since>`. What they say holds up to the next row that says otherwise. */
export const rows: readonly Row[] = [
  {
    since: '1.12',
    source:
      'crd-all.gen.yaml has the first WasmPlugin; listener_builder.go, buildInboundFilterchains; pkg/wasm/cache.go, Get and convert.go',
    knows: oldestKnown,
  },
  {
    since: '1.14',
    source:
      'crd-all.gen.yaml, vmConfig; pilot/pkg/model/extensions.go, WasmSecretEnv; pkg/wasm/cache.go, PrepareFetch; listener.go, buildHTTPConnectionManager: both directions of a sidecar',
    knows: {
      imageEnv: true,
      imagePullSecret: true,
      imageDirections: ['inbound', 'outbound'],
      fileName: 'image-digest',
    },
  },
  {
    since: '1.16',
    source: 'crd-all.gen.yaml, match; pilot/pkg/model/extensions.go, MatchListener',
    knows: { imageDirections: 'as-matched' },
  },
  {
    since: '1.19',
    source: 'crd-all.gen.yaml, failStrategy; pilot/pkg/model/extensions.go, FailOpen',
    knows: { imagePolicies: ['closed', 'open'] },
  },
  {
    since: '1.21',
    source: 'pilot/pkg/model/extensions.go, WasmPluginResourceNamePrefix: the letters are theirs',
    knows: { discoveryPrefix: 'extenstions.istio.io/wasmplugin/' },
  },
  {
    since: '1.25',
    source:
      'pilot/pkg/model/extensions.go, FailurePolicy for proxies of 1.25; pkg/wasm/convert.go, createHTTPDefaultFilter',
    knows: { policyField: 'failure_policy', unfetched: 'denied' },
  },
  {
    since: '1.26',
    source: 'pilot/pkg/model/extensions.go, WasmPluginResourceNamePrefix',
    knows: { discoveryPrefix: 'extensions.istio.io/wasmplugin/' },
  },
  {
    since: '1.27',
    source: 'crd-all.gen.yaml, FAIL_RELOAD; pilot/pkg/model/extensions.go',
    knows: { imagePolicies: ['closed', 'open', 'reload'] },
  },
  {
    since: '1.30',
    source:
      'crd-all.gen.yaml has the first TrafficExtension; pilot/pkg/model/extensions.go; pilot/pkg/config/kube/extensions/translate.go, syntheticMarker',
    knows: {
      imageKinds: ['WasmPlugin', 'TrafficExtension'],
      discoveryPrefix: 'extensions.istio.io/trafficextension/',
      discoverySuffix: '~istio-translated-wasmplugin',
    },
  },
];

/** The oldest release that anything is said of here. */
export const oldestRelease: Release = '1.12';

/**
 * What the mesh tests run is a snapshot of Istio's main branch of August 2026, after that of 1.31 was cut: what is read here
 * is the same in both. Anything else is derived from the release's sources, and was never seen running.
 */
export const testedReleases: readonly Release[] = ['1.31', '1.32'];

const known = new Map<Release | undefined, Knowledge>();

/** What a release knows. One that could not be found out, or is newer than all here, is taken to be the newest. */
export function knowledgeOf(release: Release | undefined): Knowledge {
  // Asked for each filter of each instance, of a few releases.
  const found = known.get(release) ?? gather(release);
  known.set(release, found);
  return found;
}

function gather(release: Release | undefined): Knowledge {
  return rows
    .filter(({ since }) => release === undefined || compareReleases(since, release) <= 0)
    .reduce((before, { knows }) => ({ ...before, ...knows }), oldestKnown);
}
