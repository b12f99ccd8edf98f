import { RestrictedCall } from './trap.ts';

/** What a module may call at the moment: `none` is everything. */
export type Restriction = 'none' | 'linking' | 'initializing' | 'allocating';

const when = {
  none: '',
  linking: "by the module's start section: Envoy would crash; export the initializer as _initialize instead",
  initializing: 'while the module initializes (restricted_callback)',
  allocating: 'while the module allocates memory (restricted_callback)',
} as const satisfies Record<Restriction, string>;

/** Throws what makes a forbidden host call a trap. */
export function refuseCall(restriction: Restriction): never {
  throw new RestrictedCall(`a host function was called ${when[restriction]}`);
}
