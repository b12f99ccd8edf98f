import { sameBytes } from './compare';

// Tables are made in functions: those of a file would be in every module that only imports it.

/** The round constants (FIPS 180-4, 4.2.2). */
function roundConstants(): usize {
  return memory.data<u32>([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ]);
}

/** The initial state (5.3.3). */
function initialState(): usize {
  return memory.data<u32>([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
}

/** The message schedule of the block that is being digested. */
function schedule(): usize {
  return memory.data(256);
}

const BLOCK: i32 = 64;

/**
 * The SHA-256 of some bytes, 32 bytes.
 *
 *     const digest = hex(sha256(String.UTF8.encode(body)));
 */
export function sha256(bytes: ArrayBuffer): ArrayBuffer {
  return digest(initialState(), 0, bytes);
}

/**
 * The HMAC-SHA-256 (RFC 2104) of some bytes under a key, 32 bytes. Compare it with `sameBytes`.
 *
 *     const signature = hmacSha256(String.UTF8.encode(secret), bytes);
 */
export function hmacSha256(key: ArrayBuffer, bytes: ArrayBuffer): ArrayBuffer {
  const states = statesOf(key);
  return digest(states + STATE, BLOCK, digest(states, BLOCK, bytes));
}

/** Bytes of a state. */
const STATE: i32 = 32;

/**
 * The key that was used last, and the two states that it leads to: a filter has one key for all requests. Both begin as
 * null: what a global is made with stays in every module, whether it hashes or not.
 */
let lastKey: ArrayBuffer | null = null;
let lastStates: ArrayBuffer | null = null;

/** Address of the inner and the outer state of a key, each after its block. */
function statesOf(key: ArrayBuffer): usize {
  const known = lastStates;
  const knownKey = lastKey;
  if (known !== null && knownKey !== null && sameBytes(key, knownKey)) return changetype<usize>(known);
  const states = new ArrayBuffer(2 * STATE);
  const at = changetype<usize>(states);
  const short = key.byteLength > BLOCK ? sha256(key) : key;
  begin(at, short, 0x36);
  begin(at + STATE, short, 0x5c);
  lastKey = key.slice(0);
  lastStates = states;
  return at;
}

/** The state after a key's block, with each byte changed by `pad`. */
function begin(state: usize, key: ArrayBuffer, pad: u8): void {
  const block = changetype<usize>(new ArrayBuffer(BLOCK));
  memory.copy(block, changetype<usize>(key), key.byteLength);
  for (let i: usize = 0; i < <usize>BLOCK; i++) store<u8>(block + i, load<u8>(block + i) ^ pad);
  memory.copy(state, initialState(), STATE);
  compress(state, block);
}

/** The digest of some bytes after `before` others, which have led to a state. */
function digest(from: usize, before: i32, bytes: ArrayBuffer): ArrayBuffer {
  const state = new ArrayBuffer(STATE);
  const at = changetype<usize>(state);
  memory.copy(at, from, STATE);
  const length = bytes.byteLength;
  const whole = length & ~(BLOCK - 1);
  for (let i = 0; i < whole; i += BLOCK) compress(at, changetype<usize>(bytes) + i);
  // The rest, a one bit, zeros, and the length in bits: one block or two.
  const rest = length - whole;
  const tail = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
  const end = changetype<usize>(new ArrayBuffer(tail));
  memory.copy(end, changetype<usize>(bytes) + whole, rest);
  store<u8>(end + rest, 0x80);
  store<u64>(end + tail - 8, bswap<u64>((<u64>(before + length)) << 3));
  for (let i = 0; i < tail; i += BLOCK) compress(at, end + i);
  for (let i: usize = 0; i < <usize>STATE; i += 4) store<u32>(at + i, bswap<u32>(load<u32>(at + i)));
  return state;
}

function compress(state: usize, block: usize): void {
  const K = roundConstants();
  const W = schedule();
  for (let i: usize = 0; i < 64; i += 4) store<u32>(W + i, bswap<u32>(load<u32>(block + i)));
  for (let i: usize = 64; i < 256; i += 4) {
    const a = load<u32>(W + i - 60);
    const b = load<u32>(W + i - 8);
    const s0 = rotr<u32>(a, 7) ^ rotr<u32>(a, 18) ^ (a >> 3);
    const s1 = rotr<u32>(b, 17) ^ rotr<u32>(b, 19) ^ (b >> 10);
    store<u32>(W + i, load<u32>(W + i - 64) + s0 + load<u32>(W + i - 28) + s1);
  }
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  // Eight rounds at once, so that the eight variables change their names instead of their values.
  for (let i: usize = 0; i < 256; i += 32) {
    h += sum1(e) + choose(e, f, g) + load<u32>(K + i) + load<u32>(W + i);
    d += h;
    h += sum0(a) + majority(a, b, c);
    g += sum1(d) + choose(d, e, f) + load<u32>(K + i, 4) + load<u32>(W + i, 4);
    c += g;
    g += sum0(h) + majority(h, a, b);
    f += sum1(c) + choose(c, d, e) + load<u32>(K + i, 8) + load<u32>(W + i, 8);
    b += f;
    f += sum0(g) + majority(g, h, a);
    e += sum1(b) + choose(b, c, d) + load<u32>(K + i, 12) + load<u32>(W + i, 12);
    a += e;
    e += sum0(f) + majority(f, g, h);
    d += sum1(a) + choose(a, b, c) + load<u32>(K + i, 16) + load<u32>(W + i, 16);
    h += d;
    d += sum0(e) + majority(e, f, g);
    c += sum1(h) + choose(h, a, b) + load<u32>(K + i, 20) + load<u32>(W + i, 20);
    g += c;
    c += sum0(d) + majority(d, e, f);
    b += sum1(g) + choose(g, h, a) + load<u32>(K + i, 24) + load<u32>(W + i, 24);
    f += b;
    b += sum0(c) + majority(c, d, e);
    a += sum1(f) + choose(f, g, h) + load<u32>(K + i, 28) + load<u32>(W + i, 28);
    e += a;
    a += sum0(b) + majority(b, c, d);
  }
  add(state, a);
  add(state + 4, b);
  add(state + 8, c);
  add(state + 12, d);
  add(state + 16, e);
  add(state + 20, f);
  add(state + 24, g);
  add(state + 28, h);
}

// The functions of 4.1.2, choice and majority with an operation less: no optimiser between here and the processor finds that.

function choose(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z));
}

function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) | (z & (x | y));
}

function sum0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}

function sum1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}

function add(at: usize, value: u32): void {
  store<u32>(at, load<u32>(at) + value);
}
