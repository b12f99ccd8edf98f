import type { Call } from './calls.ts';

/** What older Envoys do in another way than 1.40: it is not imitated. */
export const ofOlderEnvoys: readonly {
  readonly before: string;
  readonly call: Call;
  readonly what: string;
}[] = [
  { before: '1.39', call: 'wasi', what: 'poll_oneoff without subscriptions answers ENOSYS (52), not 0' },
];
