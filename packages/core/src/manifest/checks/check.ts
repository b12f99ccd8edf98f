import type { Report } from '../finding.ts';
import type { Merged } from '../merge.ts';

/** Holds the parts of a manifest against each other. Works on what can be read, also when other parts are faulty. */
export type Check = (manifest: Merged, report: Report) => void;
