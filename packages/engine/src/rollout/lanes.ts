import type { Step } from '@wasmcast/core';

/** Steps that must run one after the other; lanes run side by side. */
export type Lane = readonly Step[];

/** A lane for each workload, in the order of the plan; a step that serves no single workload is a lane of its own. */
export function lanes(steps: readonly Step[]): readonly Lane[] {
  const byWorkload = new Map<string, Step[]>();
  for (const step of steps) {
    const key = step.workload ?? `shared ${step.id}`;
    const lane = byWorkload.get(key);
    if (lane === undefined) byWorkload.set(key, [step]);
    else lane.push(step);
  }
  return [...byWorkload.values()];
}

/**
 * Runs lanes with at most `limit` at a time. After a failure that `endsAll`, or once `stop` is aborted, no further step begins;
 * after another one none of its lane. Steps that run are waited for. Returns whether every step ran; rejects with the failure
 * that ended all, or else with the first.
 */
export async function runLanes(
  work: readonly Lane[],
  limit: number,
  stop: AbortSignal,
  run: (step: Step) => Promise<'ran' | 'left'>,
  endsAll: (error: unknown) => boolean,
): Promise<'all' | 'stopped'> {
  const queue = [...work];
  let failure: { readonly error: unknown } | undefined;
  let end: { readonly error: unknown } | undefined;
  let left = false;
  const halted = (): boolean => end !== undefined || stop.aborted;
  const worker = async (): Promise<void> => {
    for (let lane = queue.shift(); lane !== undefined; lane = queue.shift()) {
      for (const step of lane) {
        if (halted()) {
          left = true;
          return;
        }
        try {
          if ((await run(step)) === 'left') left = true;
        } catch (error) {
          failure ??= { error };
          if (endsAll(error)) end ??= { error };
          break;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, work.length) }, worker));
  failure = end ?? failure;
  if (failure !== undefined) throw failure.error;
  return left ? 'stopped' : 'all';
}
