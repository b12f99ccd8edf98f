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

/** A call that changes nothing. */
export function reading(request: Request, path: string, accept?: string): Call {
  return { request, method: 'GET', path, isRepeatable: true, ...(accept !== undefined && { accept }) };
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
/** Tries without any answer. A server that says nothing takes the whole of `requestMs` each time. */
const maxLosses = 3;
const maxSilences = 2;
const maxRetryAfterMs = 10_000;
/** The server, or what stands before it, fell over this once. */
const stumbles = new Set([500, 502, 503, 504]);

/**
 * Sends a request and gives the body of a successful answer. Tries again when the server is too busy; a repeatable call, which
 * bears that an earlier try had its effect, also when the answer was lost or late, and when the server stumbled.
 */
export async function send(sender: Sender, call: Call, signal: AbortSignal): Promise<Buffer> {
  const { request } = call;
  const { origin } = sender.endpoint.server;
  let silences = 0;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(sender.requestMs)]);
    let answer: Answer;
    try {
      answer = await once(sender, call, deadline);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof WasmcastError) throw cause;
      const isSilent = deadline.aborted;
      if (isSilent) silences += 1;
      const again = call.isRepeatable && (isSilent ? silences < maxSilences : isClosed(cause));
      if (again && attempt < maxLosses) {
        // A kept-alive connection may be closed at any time, which a new one mends at once.
        if (attempt > 1) await delay(pauseMs(attempt), undefined, { signal });
        continue;
      }
      const reason = isSilent ? new Error(`no answer in ${sender.requestMs / 1000} s`) : cause;
      throw noAnswerError(request, origin, reason);
    }
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    const again = answer.status === 429 || mayStumble(call, answer.status, attempt);
    if (!again || attempt >= maxTries) throw answerError(request, answer.status, answer.body);
    const pause = Math.min(answer.retryAfterMs ?? pauseMs(attempt), maxRetryAfterMs);
    await delay(pause, undefined, { signal });
  }
}

/** A write is tried once more only: a webhook that is down answers 500 too, and stays so. */
function mayStumble({ method, isRepeatable }: Call, status: number, attempt: number): boolean {
  return isRepeatable && stumbles.has(status) && (method === 'GET' || attempt === 1);
}

function pauseMs(attempt: number): number {
  return 125 * 2 ** attempt;
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
