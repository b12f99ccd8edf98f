import { hasErrors } from '@wasmcast/core';
import { preflight } from '@wasmcast/host';
import { isOciError, type OciOptions, pullModule } from '@wasmcast/oci';
import { checkModule } from '@wasmcast/wasm';
import type { Failure, Kind } from './kinds.ts';

const preflightMs = 20_000;

/**
 * What a plan does with a filter before anything is written, and where that ends: its image is pulled, its module checked,
 * its start tried. Undefined for what shows itself only at a request.
 */
export async function caughtBefore(
  kind: Kind,
  failure: Failure,
  registryPort: number,
): Promise<string | undefined> {
  const bytes = failure.by === 'module' ? failure.module : await pull(kind, registryPort);
  if (typeof bytes === 'string') return bytes;
  const { diagnostics } = checkModule(bytes);
  const fault = diagnostics.find((d) => d.severity === 'error');
  if (hasErrors(diagnostics) && fault !== undefined) return `check, ${fault.code}: ${fault.summary}`;
  const result = await preflight({ bytes, filter: { name: 'filter' }, deadlineMs: preflightMs });
  if (result.kind === 'accepted') return undefined;
  return `preflight: ${result.kind}${'callback' in result ? ` in ${result.callback}` : ''}`;
}

/** The module, or why there is none. */
async function pull(kind: Kind, port: number): Promise<Uint8Array | string> {
  const registry = `127.0.0.1:${port}`;
  // As patient as the proxy of the table is.
  const limits = { headersMs: 500, requestMs: 500, attempts: 2, retryBaseMs: 1 };
  const options: OciOptions = {
    insecureRegistries: [registry],
    credentials: async () => ({ kind: 'anonymous' }),
    limits,
  };
  try {
    return (await pullModule(`${registry}/${repositoryOf(kind)}:1`, options)).wasm;
  } catch (error) {
    if (!isOciError(error)) throw error;
    return `pull, ${error.code}: ${error.kind}`;
  }
}

/** A kind's name as a registry takes names, and as part of an address. */
export function repositoryOf(kind: Kind): string {
  return kind.toLowerCase().replaceAll(' ', '-');
}
