/** A minor version of Istio, e.g. `1.27`. */
export type IstioVersion = `1.${number}`;

const oldest = 12;
const newest = 31;

/** The versions whose agent this package knows: those that have WasmPlugin, up to the newest that was read. */
export const istioVersions: readonly IstioVersion[] = Array.from(
  { length: newest - oldest + 1 },
  (_, index) => `1.${oldest + index}` as const,
);

/** The newest version that is known here. */
export const newestIstio: IstioVersion = `1.${newest}`;

/** Reads `1.27`, `1.27.3`, `1.31-alpha.x`; `undefined` for anything else. */
export function parseIstioVersion(text: string): IstioVersion | undefined {
  const minor = /^v?1\.([0-9]{1,3})(?:[.-].*)?$/.exec(text)?.[1];
  return minor === undefined ? undefined : `1.${Number(minor)}`;
}

/** True from that minor version on. */
export function since(version: IstioVersion, minor: number): boolean {
  return minorOf(version) >= minor;
}

/** `1.27` is 27. */
export function minorOf(version: IstioVersion): number {
  return Number(version.slice(2));
}
