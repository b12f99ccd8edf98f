import { setTimeout as delay } from 'node:timers/promises';
import { type JsonValue, WasmcastError } from '@wasmcast/core';
import { answerError, noAnswerError, type Request } from './api-error.ts';
import type { Endpoint } from './endpoint.ts';
import { type Answer, exchange } from './exchange.ts';

/** One request to the API server. */
export interface Call {
  /** For messages. */
  readonly request: Request;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: JsonValue;
  readonly contentType?: string;
  readonly accept?: string;
  /** True if it has no other effect when it arrives twice: it reads, or it says what must stand there before it. */
  readonly isRepeatable: boolean;
}

/** To whom, as whom, and within which bounds. */
export interface Sender {
  readonly endpoint: Endpoint;
  readonly userAgent: string;
  /** Milliseconds for one try. */
  readonly requestMs: number;
  /** Bytes of one answer. */
  readonly answerBytes: number;
}

const maxTries = 4;
const maxRetryAfterMs = 10_000;

/**
 * Sends a request and gives the body of a successful answer. Tries again when the server is too busy, and once when a
 * connection was closed before an answer came, as a kept-alive one may be at any time: the first try may have had its
 * effect then, which a repeatable call bears.
 */
export async function send(sender: Sender, call: Call, signal: AbortSignal): Promise<string> {
  const { request, method } = call;
  const { origin } = sender.endpoint.server;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(sender.requestMs)]);
    let answer: Answer;
    try {
      answer = await once(sender, call, deadline);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof WasmcastError) throw cause;
      if (call.isRepeatable && attempt === 1 && isClosed(cause)) continue;
      const reason = deadline.aborted ? new Error(`no answer in ${sender.requestMs / 1000} s`) : cause;
      throw noAnswerError(request, origin, reason);
    }
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    const again = answer.status === 429 || (method === 'GET' && answer.status === 503);
    if (!again || attempt >= maxTries) throw answerError(request, answer.status, answer.body);
    await delay(Math.min(answer.retryAfterMs ?? 250 * 2 ** attempt, maxRetryAfterMs), undefined, { signal });
  }
}

async function once(sender: Sender, call: Call, signal: AbortSignal): Promise<Answer> {
  const { server } = sender.endpoint;
  const { headers, agent } = await sender.endpoint.credentials();
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  return await exchange(
    new URL(server.pathname.replace(/\/$/, '') + call.path, server),
    {
      method: call.method,
      agent,
      signal,
      headers: {
        ...headers,
        'user-agent': sender.userAgent,
        accept: call.accept ?? 'application/json',
        ...(body && {
          'content-type': call.contentType ?? 'application/json',
          'content-length': String(body.byteLength),
        }),
      },
    },
    body,
    sender.answerBytes,
  );
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code));
}
