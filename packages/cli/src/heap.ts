import { setFlagsFromString } from 'node:v8';

/**
 * Gives young objects no more room from here on: a manifest and a cluster are read once, and most of what was read is soon
 * garbage. Let grow, a plan for a thousand workloads takes a quarter more memory, and no less time.
 */
export function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Lets it grow again, as V8 does by itself: for who serves requests for hours. */
export function letYoungSpaceGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}

/**
 * Has old objects collected when they are half as much again as what is alive, and not at a multiple of it. Thousands of sidecars
 * are read one after the other, each leaves some garbage of middle age, and it would become more than all that is needed.
 */
export function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
