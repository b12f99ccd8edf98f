/**
 * The versions of everything that the testbed builds or installs. Go modules repeat theirs in `go/<name>/go.mod`, next to
 * the checksums; a test holds the two together.
 */
export const versions = {
  envoy: '1.40.0',
  kubernetes: 'v1.37.2',
  etcd: 'v3.7.3',
  containerd: 'v2.4.2',
  /** A wheel of Python: the compiler for filters in C. */
  zig: '0.15.1',
  istio: 'v0.0.0-20260827124520-eed52ebb66ad',
  /** Grows when the recipe of the images changes. */
  pauseImage: '1',
  proxyImage: '1',
  debianSuite: 'bookworm',
  /** `@solo-io/proxy-runtime`, of filters that are compared with ours, and its AssemblyScript. */
  soloSdk: '0.1.8',
  soloCompiler: '0.14.13',
} as const;

/** The newest wheel of each Envoy with which the Proxy-Wasm host is compared. That of 1.38.3 has no Wasm. */
export const envoyVersions: readonly string[] = ['1.36.4', '1.37.0', '1.38.2', '1.39.3', versions.envoy];
