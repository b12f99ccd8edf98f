/** Fills arrays with bytes that are the same in every run (mulberry32). */
export function seededRandom(seed: number): (target: Uint8Array) => void {
  let state = seed | 0;
  return (target) => {
    for (let i = 0; i < target.length; i++) {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      target[i] = (t ^ (t >>> 14)) & 0xff;
    }
  };
}
