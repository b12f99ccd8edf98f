/** The Envoy versions whose behaviour is known here, oldest first. */
export const envoyVersions = ['1.36', '1.37', '1.38', '1.39', '1.40'] as const;

/** One of {@link envoyVersions}. */
export type EnvoyVersion = (typeof envoyVersions)[number];

/** Those of `asked` that are older than `since`. */
export function olderThan(asked: readonly EnvoyVersion[], since: EnvoyVersion): readonly EnvoyVersion[] {
  return asked.filter((version) => envoyVersions.indexOf(version) < envoyVersions.indexOf(since));
}
