import type { Halt, Run } from './context.ts';
import { isUnreachable } from './patience.ts';

/** What somebody asked for, as far as it was heard, that keeps the rollout from going on. */
export function requested({ keeper }: Run): Halt | undefined {
  const { request } = keeper;
  if (request === undefined || request.kind === 'promote') return undefined;
  const reason = `${request.by} asked to ${request.kind} it`;
  return { kind: request.kind === 'abort' ? 'aborted' : 'paused', reason };
}

/** Listens for requests while nothing is written, and says what of them keeps the rollout from going on. */
export async function heard(run: Run): Promise<Halt | undefined> {
  await run.keeper.look().catch((error: unknown) => {
    // A target that does not answer just now is asked again; what has to be reached says so by itself.
    if (!isUnreachable(error)) throw error;
  });
  return requested(run);
}
