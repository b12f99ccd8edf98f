/** How many cases a randomised test tries: `slice` as a rule, `full` by `npm run test:full`. */
export interface Cases {
  readonly slice: number;
  readonly full: number;
}

/**
 * The seeds of a randomised test. `WASMCAST_SEED` replays one of them; CI begins at a number that it takes from the commit
 * (`WASMCAST_SEED_BASE`), so that every commit tries others.
 */
export function seeds(cases: Cases, env: Readonly<Record<string, string | undefined>>): readonly number[] {
  const replayed = env['WASMCAST_SEED'];
  if (replayed !== undefined) return [Number(replayed)];
  const base = Number(env['WASMCAST_SEED_BASE'] ?? 0);
  const count = env['WASMCAST_FULL'] === '1' ? cases.full : cases.slice;
  return Array.from({ length: count }, (_, i) => base + i);
}
