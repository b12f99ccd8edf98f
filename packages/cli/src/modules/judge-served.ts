import type { Diagnostic } from '@wasmcast/core';
import { type Delivered, mapBounded } from '@wasmcast/engine';
import type { ImageRemark } from './judge-images.ts';

/** A server of modules has its answer at hand. */
const patienceMs = 5000;
const questionsAtATime = 8;

/**
 * Whether the module server has what the proxies of a target will ask it for. Not to reach it from here says nothing of the
 * cluster: then the probe finds out.
 */
export async function judgeServed(
  { chains }: Delivered,
  signal: AbortSignal,
): Promise<readonly ImageRemark[]> {
  const wanted = new Map(
    chains
      .flatMap(({ filters }) => filters)
      .flatMap((f) => (f.delivery === 'http' && f.served !== undefined ? [[f.served, f] as const] : [])),
  );
  const asked = await mapBounded([...wanted], questionsAtATime, signal, async ([url, filter], each) => {
    const fault = await faultAt(url, filter.moduleSize, each);
    return fault === undefined ? [] : [{ ...fault, filter: filter.name }];
  });
  return asked.flat();
}

async function faultAt(url: string, size: number, signal: AbortSignal): Promise<Diagnostic | undefined> {
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const { status, headers } = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: within });
    const length = headers.get('content-length');
    if (status === 200 && (length === null || Number(length) === size)) return undefined;
    const found = status === 200 ? `it has ${length} bytes there instead of ${size}` : `it answers ${status}`;
    return {
      severity: 'error',
      code: 'WC-AGT-016',
      summary: `the module server does not have ${url}: ${found}`,
      help: 'give the module to the `wasmcast serve` that runs there; proxies would deny or pass every request without it',
    };
  } catch (error) {
    signal.throwIfAborted();
    const { cause } = error as Error;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : (error as Error).name;
    return {
      severity: 'warning',
      code: 'WC-AGT-017',
      summary: `the module server could not be asked from here for ${url} (${why})`,
      help: 'the probe before the first wave shows whether proxies reach it',
    };
  }
}
