import type { Halt, Run } from './context.ts';

/** What somebody asked for, as far as it was heard, that keeps the rollout from going on. */
export function requested({ keeper }: Run): Halt | undefined {
  const { request } = keeper;
  if (request === undefined || request.kind === 'promote') return undefined;
  const reason = `${request.by} asked to ${request.kind} it`;
  return { kind: request.kind === 'abort' ? 'aborted' : 'paused', reason };
}

/** Listens for requests, and says what of them keeps the rollout from going on. */
export async function heard(run: Run): Promise<Halt | undefined> {
  await run.keeper.look();
  return requested(run);
}
