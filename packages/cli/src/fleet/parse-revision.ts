import { WasmcastError } from '@wasmcast/core';

/** The number of a revision, as a person names it. Throws `WC-CLI-021` (64) for what is none. */
export function parseRevision(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new WasmcastError('WC-CLI-021', `${JSON.stringify(text)} is not a revision`, {
    exit: 'usage',
    help: 'a revision is a number: `wasmcast history` lists them',
  });
}
