import type { GateSpec } from './rollout-policy.ts';

/**
 * What judges a wave when the manifest names no gate: what every proxy shows by itself. It demands no traffic, and it does
 * not wait for long; whoever knows more of his services names gates of his own.
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
  failureLimit: 0,
};
