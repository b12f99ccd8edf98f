import type { Ending, Failed } from './context.ts';

/** The ending of a rollout that failed and stays so. */
export function failedEnding({ late, reason, error, failedStep }: Failed): Ending {
  return {
    outcome: late === true ? 'not-live' : 'failed',
    reason,
    ...(error !== undefined && { error }),
    ...(failedStep !== undefined && { failedStep }),
  };
}
