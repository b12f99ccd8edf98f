/** A question to an HTTP server. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: string;
}

/** What a server answered. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** Asks an HTTP server. Throws when there is no whole answer within the bounds. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Reply>;

const timeoutMs = 10_000;
const maxBytes = 1024 * 1024;

/** Asks with a bound on time and size. Follows no redirect and carries no credentials: the answer counts as it is. */
export const httpAsk: Ask = async ({ method, url, body }, signal) => {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`the answer of ${new URL(url).host} is larger than 1 MiB`);
    chunks.push(chunk);
  }
  return { status: response.status, body: Buffer.concat(chunks).toString('utf8') };
};
