import type { TargetSpec } from '../model/fleet.ts';
import type { WaveSpec } from '../model/rollout-policy.ts';

/** Targets in the order in which they are rolled out: as the waves name them, then the others as the manifest has them. */
export function inRings(targets: readonly TargetSpec[], waves: readonly WaveSpec[]): readonly TargetSpec[] {
  const rings = waves.flatMap((wave) => (wave.kind === 'target' ? [wave.target] : []));
  const rank = ({ name }: TargetSpec): number => {
    const ring = rings.indexOf(name);
    return ring === -1 ? rings.length : ring;
  };
  return targets.toSorted((a, b) => rank(a) - rank(b));
}
