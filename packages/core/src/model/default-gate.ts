import type { GateSpec } from './rollout-policy.ts';

/**
 * What judges a wave when the manifest names no gate: what every proxy shows by itself. It demands no traffic, does not wait
 * for long, and forgives one bad measurement, for a probe that was late; whoever knows more of his services names gates of
 * his own. A VM that died stays so for the next measurement.
 */
export const defaultGate: GateSpec = {
  name: 'default',
  check: {
    kind: 'stats',
    maxVmFailures: 0,
    maxVmReloads: 0,
    maxRestarts: 0,
    maxUnavailable: 0,
    maxErrorRateIncrease: 0.01,
    warmUpMs: 60_000,
    minRequests: 0,
  },
  intervalMs: 5000,
  count: 1,
  failureLimit: 1,
};
