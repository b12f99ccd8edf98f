import type { RolloutPolicy, WaveSpec } from '../model/rollout-policy.ts';

/** A wave of a plan: the workloads that change in it, and what comes after it. */
export interface Wave {
  /** Addresses of the workloads that are written, in the order in which they are. */
  readonly workloads: readonly string[];
  /** Instances that they have together. */
  readonly instances: number;
  /** Of these, how many restart. */
  readonly restarts: number;
  /** Milliseconds to wait after it, while its gates are measured. */
  readonly pauseMs: number;
  /** True if a person has to promote before the next wave begins. */
  readonly manual: boolean;
}

/** A workload that a plan changes, as far as waves care. */
export interface WaveCandidate {
  /** `target/namespace/kind/name`. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly instances: number;
  readonly restarts: number;
}

/**
 * Deals the changed workloads out to waves. Counts and shares take the smallest workloads first, so that the first wave
 * harms least if it harms. What no entry took is the last wave; waves that take nothing are left out, their pauses are not,
 * unless they stand behind another target.
 */
export function planWaves(
  policy: Pick<RolloutPolicy, 'waves'>,
  changed: readonly WaveCandidate[],
): readonly Wave[] {
  let left: readonly WaveCandidate[] = changed.toSorted(bySize);
  const waves: Wave[] = [];
  const take = (candidates: readonly WaveCandidate[]): void => {
    if (candidates.length === 0) return;
    const gone = new Set(candidates);
    left = left.filter((candidate) => !gone.has(candidate));
    waves.push(waveOf(candidates));
  };
  let elsewhere = false;
  for (const spec of policy.waves) {
    if (spec.kind !== 'pause') {
      elsewhere = spec.kind === 'target' && !changed.some(({ address }) => targetOf(address) === spec.target);
      take(taken(spec, left, changed.length));
    } else if (!elsewhere) addPause(waves, spec.ms);
  }
  take(left);
  return waves;
}

/**
 * The waves of a rollout that goes on: as they were dealt when it began, whatever has been scaled since, for those that are
 * through must stay so. What changed only meanwhile comes last.
 */
export function keepWaves(dealt: readonly Wave[], changed: readonly WaveCandidate[]): readonly Wave[] {
  const known = new Set(dealt.flatMap((wave) => wave.workloads));
  const late = changed.filter(({ address }) => !known.has(address)).toSorted(bySize);
  return late.length === 0 ? dealt : [...dealt, waveOf(late)];
}

function taken(
  spec: Exclude<WaveSpec, { kind: 'pause' }>,
  left: readonly WaveCandidate[],
  all: number,
): readonly WaveCandidate[] {
  const done = all - left.length;
  switch (spec.kind) {
    case 'count':
      return left.slice(0, Math.max(0, spec.workloads - done));
    case 'share':
      return left.slice(0, Math.max(0, Math.ceil((all * spec.percent) / 100) - done));
    case 'namespace':
      return left.filter(({ address }) => address.split('/')[1] === spec.namespace);
    case 'target':
      return left.filter(({ address }) => targetOf(address) === spec.target);
    case 'label':
      return left.filter(({ labels }) => labels[spec.key] === spec.value);
  }
}

function targetOf(address: string): string {
  return address.slice(0, address.indexOf('/'));
}

/** A pause before the first wave has nothing to wait for. */
function addPause(waves: Wave[], ms: number | undefined): void {
  const last = waves.pop();
  if (last === undefined) return;
  waves.push(ms === undefined ? { ...last, manual: true } : { ...last, pauseMs: last.pauseMs + ms });
}

function waveOf(candidates: readonly WaveCandidate[]): Wave {
  const sum = (of: (c: WaveCandidate) => number): number => candidates.reduce((n, c) => n + of(c), 0);
  return {
    workloads: candidates.map(({ address }) => address),
    instances: sum((c) => c.instances),
    restarts: sum((c) => c.restarts),
    pauseMs: 0,
    manual: false,
  };
}

/** The smallest first; those without an instance last, for they show nothing. */
function bySize(a: WaveCandidate, b: WaveCandidate): number {
  if ((a.instances === 0) !== (b.instances === 0)) return a.instances === 0 ? 1 : -1;
  if (a.instances !== b.instances) return a.instances - b.instances;
  return a.address < b.address ? -1 : 1;
}
