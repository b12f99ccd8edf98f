/** A release line of Istio, `1.31`. */
export type Release = string;

/** `1.31` out of `1.31.0-rc.1`; charts and programs that were built from source say 1.0.0 or unknown. */
export function releaseOf(version: string | undefined): Release | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (major === undefined || minor === undefined || (major === '1' && Number(minor) < 5)) return undefined;
  return `${major}.${minor}`;
}

/** The release of an image of Istio's, by its tag: `docker.io/istio/proxyv2:1.22.3-distroless`. */
export function releaseOfImage(image: string | undefined): Release | undefined {
  const [, tag] = /:([^:/@]+)(?:@[^@]*)?$/.exec(image ?? '') ?? [];
  return releaseOf(tag);
}

/** Istio 1.N comes with Envoy 1.N+8. */
export function releaseOfEnvoy(envoy: string | undefined): Release | undefined {
  const [, minor] = /^1\.(\d+)/.exec(envoy ?? '') ?? [];
  return minor === undefined || Number(minor) < 20 ? undefined : `1.${Number(minor) - 8}`;
}

/** True if `version` is known to be at least `minimum`. */
export function atLeast(version: Release | undefined, minimum: Release): boolean {
  return version !== undefined && compareReleases(version, minimum) >= 0;
}

/** The older one; undefined if none is known. */
export function oldest(releases: readonly (Release | undefined)[]): Release | undefined {
  return releases.filter((release) => release !== undefined).toSorted(compareReleases)[0];
}

export function compareReleases(a: Release, b: Release): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
