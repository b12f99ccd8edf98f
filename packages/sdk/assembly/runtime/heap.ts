/**
 * The memory of a filter: a bump allocator into holes, and a mark-and-sweep collector that runs between callbacks.
 *
 * A proxy calls in, the filter answers within microseconds, and at that moment no reference is on the stack: so the collector
 * needs no shadow stack, no write barriers and no steps while the filter works, which is where AssemblyScript's own spend size
 * and time. The price: what one callback makes is freed after it, not within.
 *
 * The heap is a row of blocks from `heapStart` to `limit` of the last page. A block is a header of 16 bytes and the payload, a
 * multiple of 16 in all; the last two words are where the compiler expects them:
 *
 *     -16 mark: number of the collection that last reached it, bit 0 = pinned   -12 link   -8 class   -4 size of the payload
 *
 * A hole is a block that nothing has reached. So the row can always be walked, and a sweep joins neighbours by itself.
 *
 * What is exported here is what the compiler and its library call by bare names; the SDK's transform makes the names global.
 */

const HEADER: usize = 16;
const LINK: usize = 4;
const CLASS: usize = 8;
const SIZE: usize = 12;
const PINNED: u32 = 1;

/** A hole that is smaller is not searched for: it waits until a neighbour is free too. */
const SMALLEST_HOLE: usize = 64;
/** As much may be allocated between two collections, or as much as is alive if that is more. Fits the first page of memory. */
const LEAST_BUDGET: usize = 32 << 10;
const LARGEST_BLOCK: usize = 1 << 30;

// Where the next block goes, and where the hole ends that it goes into.
let top: usize = 0;
let limit: usize = 0;
/** The holes to come, by address, chained by their link. */
let holes: usize = 0;
/** Bytes of the holes that were taken since the last collection, the current one included. */
let taken: usize = 0;
let budget: usize = LEAST_BUDGET;
/** The number of the collection: even, so that bit 0 is free. */
let epoch: u32 = 0;
/** Blocks that were reached and not looked into yet, chained by their link. */
let grey: usize = 0;

function heapStart(): usize {
  return (__heap_base + 15) & ~15;
}

function heapEnd(): usize {
  return (<usize>memory.size()) << 16;
}

/** From a block to the next. */
function next(block: usize): usize {
  return block + extent(load<u32>(block, SIZE));
}

function extent(payload: usize): usize {
  return (payload + HEADER + 15) & ~15;
}

/** Makes [from, to) a hole. */
function makeHole(from: usize, to: usize): void {
  store<u32>(from, 0);
  store<u32>(from, <u32>(to - from - HEADER), SIZE);
}

/** Finds another hole of at least `size` bytes, or grows the memory. */
function refill(size: usize): void {
  if (limit == 0) {
    useHole(heapStart(), heapEnd(), size);
    return;
  }
  if (limit > top) {
    makeHole(top, limit);
    // Left for the next sweep when small, so that the chain stays short.
    if (limit - top >= 1024) {
      taken -= limit - top;
      store<usize>(top, holes, LINK);
      holes = top;
    }
  }
  let before: usize = 0;
  for (let hole = holes; hole != 0; hole = load<usize>(hole, LINK)) {
    if (next(hole) - hole >= size) {
      const rest = load<usize>(hole, LINK);
      if (before == 0) holes = rest;
      else store<usize>(before, rest, LINK);
      useHole(hole, next(hole), size);
      return;
    }
    before = hole;
  }
  useHole(heapEnd(), heapEnd(), size);
}

function useHole(from: usize, to: usize, size: usize): void {
  if (to - from < size) {
    const pages = <i32>((size + 0xffff) >> 16);
    // Some more than is needed at once, so that a heap that grows does not grow by single pages.
    if (memory.grow(pages + (memory.size() >> 3)) < 0 && memory.grow(pages) < 0) unreachable();
    to = heapEnd();
  }
  top = from;
  limit = to;
  taken += to - from;
}

export function __new(size: usize, id: u32): usize {
  if (size > LARGEST_BLOCK) unreachable();
  const whole = extent(size);
  if (limit - top < whole) refill(whole);
  const block = top;
  top = block + whole;
  memory.fill(block, 0, whole);
  store<u32>(block, id, CLASS);
  store<u32>(block, <u32>size, SIZE);
  return block + HEADER;
}

export function __renew(old: usize, size: usize): usize {
  const block = old - HEADER;
  const made = __new(size, load<u32>(block, CLASS));
  memory.copy(made, old, min(size, <usize>load<u32>(block, SIZE)));
  return made;
}

export function __link(parent: usize, child: usize, expectMultiple: bool): void {}

/** Keeps an object, and what it refers to, until `__unpin`. Objects of the heap only. */
export function __pin(object: usize): usize {
  if (object != 0) store<u32>(object - HEADER, load<u32>(object - HEADER) | PINNED);
  return object;
}

export function __unpin(object: usize): void {
  if (object != 0) store<u32>(object - HEADER, load<u32>(object - HEADER) & ~PINNED);
}

export function __visit(object: usize, cookie: u32): void {
  if (object == 0) return;
  const block = object - HEADER;
  const mark = load<u32>(block);
  if ((mark ^ epoch) <= PINNED) return;
  store<u32>(block, epoch | (mark & PINNED));
  store<usize>(block, grey, LINK);
  grey = block;
}

export function __collect(): void {
  if (limit == 0) return;
  if (limit > top) makeHole(top, limit);
  // 0 is the mark of what was never reached, also after four billion.
  if ((epoch += 2) == 0) epoch = 2;
  __visit_globals(0);
  const end = heapEnd();
  for (let block = heapStart(); block < end; block = next(block)) {
    if (load<u32>(block) & PINNED) __visit(block + HEADER, 0);
  }
  while (grey != 0) {
    const block = grey;
    grey = load<usize>(block, LINK);
    __visit_members(block + HEADER, 0);
  }
  sweep(end);
}

/** Makes one hole of what lies between two blocks that were reached, and chains the holes. */
function sweep(end: usize): void {
  let last: usize = 0;
  let free: usize = 0;
  let block = heapStart();
  holes = 0;
  while (block < end) {
    const from = block;
    while (block < end && (load<u32>(block) ^ epoch) > PINNED) block = next(block);
    if (block > from) {
      makeHole(from, block);
      if (block - from >= SMALLEST_HOLE) {
        free += block - from;
        store<usize>(from, 0, LINK);
        if (last == 0) holes = from;
        else store<usize>(last, from, LINK);
        last = from;
      }
    }
    while (block < end && (load<u32>(block) ^ epoch) <= PINNED) block = next(block);
  }
  top = limit = end;
  taken = 0;
  budget = max(LEAST_BUDGET, end - heapStart() - free);
}

/** Collects if enough was allocated since the last time. To be called when no reference is on the stack. */
export function __collectWhenDue(): void {
  if (taken - (limit - top) > budget) __collect();
}

// `heap.alloc` and its like: blocks that stay until they are freed by hand.

export function __alloc(size: usize): usize {
  return __pin(__new(size, idof<ArrayBuffer>()));
}

export function __realloc(block: usize, size: usize): usize {
  __unpin(block);
  return __pin(__renew(block, size));
}

export function __free(block: usize): void {
  __unpin(block);
}
