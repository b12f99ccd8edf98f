import type { HeaderPairs } from './filter-stream.ts';

/** An answer of the proxy itself, in plain text. */
export function plainAnswer(status: number, reason: string): { headers: HeaderPairs; body: Buffer } {
  const body = Buffer.from(`${reason}\n`);
  const headers: HeaderPairs = [
    [':status', String(status)],
    ['content-length', String(body.length)],
    ['content-type', 'text/plain'],
  ];
  return { headers, body };
}
