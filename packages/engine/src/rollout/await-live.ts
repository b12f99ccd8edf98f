import {
  type Chain,
  type InstanceVerdict,
  instanceAddress,
  isLive,
  type RolloutRules,
  type Target,
} from '@wasmcast/core';
import type { Halt, RolloutContext, Tally } from './context.ts';
import { converge } from './converge.ts';

/** What {@link awaitLive} looks at. */
export interface Awaited {
  readonly fleet: string;
  readonly expected: readonly Chain[];
  readonly rules: Pick<RolloutRules, 'timeoutMs'>;
  readonly context: RolloutContext;
  /** Gets what was seen. */
  readonly tally: Tally;
  /** What an instance is waited for to show. Default: its chains, live. */
  readonly isThere?: (verdict: InstanceVerdict) => boolean;
  /** Called at each reading; an answer ends the waiting. */
  readonly look?: () => Promise<Halt | undefined>;
}

/** Waits until every instance of these chains shows them: undefined then, or else why the rollout does not go on. */
export async function awaitLive({
  fleet,
  expected,
  rules,
  context,
  tally,
  isThere = isLive,
  look,
}: Awaited): Promise<Halt | undefined> {
  const { target, clock, emit, stop, signal } = context;
  let halt: Halt | undefined;
  const asked = new AbortController();
  const seen = await converge(
    {
      target,
      fleet,
      expected,
      timeoutMs: rules.timeoutMs,
      isThere,
      clock,
      emit,
      beforeReading: async () => {
        halt = await look?.();
        if (halt !== undefined) asked.abort();
      },
    },
    AbortSignal.any([stop, asked.signal]),
    signal,
  );
  tally.verdicts = seen.verdicts;
  tally.live = seen.live;
  if (halt !== undefined) return halt;
  if (seen.converged) return undefined;
  if (stop.aborted) return { kind: 'interrupted' };
  return { kind: 'failed', late: true, reason: notLiveText(seen.verdicts, isThere, rules.timeoutMs, target) };
}

/** `2 of 30 instances are not live after 30 s; first prod/foo/Deployment/a/a-1: add-header is crashed (evidence)`. */
function notLiveText(
  verdicts: readonly InstanceVerdict[],
  isThere: (verdict: InstanceVerdict) => boolean,
  timeoutMs: number,
  target: Target,
): string {
  const late = verdicts.filter((verdict) => !isThere(verdict));
  const after = `after ${timeoutMs / 1000} s`;
  const [first] = late;
  if (first === undefined) return `the instances of ${target.name} could not be read ${after}`;
  const fault = first.filters.find((f) => f.verdict !== 'live');
  const why = fault?.evidence === undefined ? '' : ` (${fault.evidence})`;
  const filter = fault === undefined ? '' : `: ${fault.filter} is ${fault.verdict}${why}`;
  return `${late.length} of ${verdicts.length} instances not live ${after}; first ${instanceAddress(first.instance)}${filter}`;
}
