/** Somebody who wrote an object of the target, or fields of it. */
export interface Writer {
  /** As the target knows them: `kubectl-edit`, `argocd-controller`. */
  readonly manager: string;
  /** RFC 3339; undefined: the target does not say. */
  readonly at?: string;
}

/**
 * What stands otherwise in a target than it should: an object is not there (`missing`), says something else (`edited`), or
 * should not be there (`extra`).
 */
export interface Difference {
  readonly kind: 'missing' | 'edited' | 'extra';
  /** `EnvoyFilter foo/wasmcast-…`; a workload stands for our part of its pod template. */
  readonly object: string;
  /** Names of what differs in our part of it: `spec`, `label`, … */
  readonly fields: readonly string[];
  /** Who else wrote there last; undefined: nobody that the target knows of. */
  readonly by?: Writer;
}

/**
 * What `apply` does about a workload that was changed since it was last made live, where the manifest asks for nothing new:
 * make it again as it was, say so and leave it, or leave it without a word.
 */
export type DriftPolicy = 'correct' | 'warn' | 'ignore';

/** A difference from what was last made live. */
export interface Drift extends Difference {
  /** Address of the workload that it serves; undefined for what several share. */
  readonly workload?: string;
  /** What is done about it. */
  readonly policy: DriftPolicy;
}
