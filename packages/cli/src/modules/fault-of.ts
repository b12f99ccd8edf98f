import { type Diagnostic, WasmcastError } from '@wasmcast/core';

/** A failure as a fault, to be shown beside others. Anything but a `WasmcastError` is a defect, and thrown on. */
export function faultOf(error: unknown): Diagnostic {
  if (!(error instanceof WasmcastError)) throw error;
  const { code, message, help, exit } = error;
  return { severity: 'error', code, summary: message, exit, ...(help !== undefined && { help }) };
}
