/**
 * With `--runtime minimal` nothing is collected by itself: the SDK does it when the host calls in, because then no reference is on
 * the stack. With the other runtimes this compiles to nothing.
 */

// AssemblyScript's number of that runtime in ASC_RUNTIME.
const MINIMAL = 1;
const CALLS: u32 = 64;
const BYTES: usize = 64 << 10;

let calls: u32 = 0;
let bytes: usize = 0;

/** Notes a block that the host was given. */
export function noteBytes(size: usize): void {
  if (ASC_RUNTIME == MINIMAL) bytes += size;
}

/** To be called first in a callback that may allocate: collects every now and then. */
export function collectWhenDue(): void {
  if (ASC_RUNTIME == MINIMAL) {
    if (++calls < CALLS && bytes < BYTES) return;
    calls = 0;
    bytes = 0;
    __collect();
  }
}
