import { randomBytes } from 'node:crypto';
import { type RolloutRequest, WasmcastError } from '@wasmcast/core';
import { systemClock } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import type { Standing } from './standing.ts';

/** How often it is looked whether a request was answered, and for how long, in milliseconds. */
const lookEveryMs = 500;
const patienceMs = 30_000;

/**
 * What became of a request: whoever runs the rollout does as asked; a promotion waits until its wave is live; the rollout
 * was over before; or they left without having heard it.
 */
export type Answer = 'answered' | 'waiting' | 'over' | 'left';

/**
 * Leaves a request for whoever runs a rollout, and waits until the target's record says that it was heard. Throws
 * `WC-ROLL-023` when nobody answers in time.
 */
export async function askRunner(
  kind: RolloutRequest['kind'],
  fleet: string,
  { target, record, holder }: Standing,
  context: Context,
): Promise<Answer> {
  const { stop } = context;
  if (record === undefined) return 'over';
  const { finished } = record;
  const request: RolloutRequest = { id: randomBytes(8).toString('hex'), kind, by: context.user, finished };
  if (!(await target.rollouts.ask(fleet, record.id, request, stop))) return 'over';
  const deadline = systemClock.now() + patienceMs;
  while (systemClock.now() < deadline) {
    // The holder first: what was answered before the lock was let go of is seen.
    const left = (await target.lock.holder(fleet, stop)) === undefined;
    const now = (await target.rollouts.read(fleet, stop))?.record;
    if (now === undefined || now.id !== record.id) return 'over';
    if (now.answered === request.id) return 'answered';
    // Its gates let it pass before it was heard, which is what was asked for.
    if (kind === 'promote' && now.finished > finished) return 'answered';
    if (left) return 'left';
    await systemClock.sleep(lookEveryMs, stop);
  }
  if (kind === 'promote') return 'waiting';
  throw new WasmcastError(
    'WC-ROLL-023',
    `${holder?.owner}, who has the rollout on ${target.name}, did not answer in ${patienceMs / 1000} s`,
    {
      help: `the request stays; if that process is dead, \`wasmcast unlock ${holder?.nonce}\` lets go of it`,
    },
  );
}
