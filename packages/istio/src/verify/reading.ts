import type { Sha256, WorkloadId } from '@wasmcast/core';
import type { SeenEcds, SeenListeners } from './dump.ts';
import type { Mounts } from './mounts.ts';

/** All that was read from one instance. */
export interface Reading {
  readonly fleet: string;
  readonly workload: WorkloadId;
  readonly listeners: SeenListeners;
  readonly ecds: ReadonlyMap<string, SeenEcds>;
  readonly mounts: Mounts;
  /** Names of ConfigMap modules whose content is not what their name says, with what was found. */
  readonly falseModules: ReadonlyMap<Sha256, string>;
}
