import type { HostClock, HttpCaller, HttpCallRequest, HttpCallResponse } from '../ports/ports.ts';
import { chunksOf, headerMap, type TestResponse } from './messages.ts';
import { Pending } from './pending.ts';

/** A callout that a filter makes, as a test's handler sees it. */
export interface TestCall {
  readonly cluster: string;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  /** `[name, value, …]` with pseudo headers. */
  readonly headers: readonly string[];
  readonly body: string;
  readonly timeoutMs: number;
}

/**
 * What a cluster answers: a response; `'reset'`, the connection broke; `'refused'`, nobody listens there, which Envoy turns
 * into a 503; `'silence'`, no answer until the callout's timeout, which Envoy turns into a 504.
 */
export type TestAnswer = TestResponse | 'reset' | 'refused' | 'silence';

/** The clusters that exist, and what they answer. */
export type TestCalls = Readonly<Record<string, (call: TestCall) => TestAnswer | Promise<TestAnswer>>>;

/** Envoy's own answers in place of a response (envoy source/common/router/router.cc onResponseTimeout, onUpstreamReset). */
const refused: TestResponse = {
  status: 503,
  headers: { 'content-length': '91', 'content-type': 'text/plain' },
  body: 'upstream connect error or disconnect/reset before headers. reset reason: connection failure',
};
const timedOut: TestResponse = {
  status: 504,
  headers: { 'content-length': '24', 'content-type': 'text/plain' },
  body: 'upstream request timeout',
};

/** HTTP callouts that a test answers. */
export class Callouts implements HttpCaller {
  readonly #clusters: TestCalls;
  readonly #clock: HostClock | undefined;
  readonly #pending: Pending;

  /** Without a clock no callout times out. */
  constructor(clusters: TestCalls, clock?: HostClock, pending = new Pending()) {
    this.#clusters = clusters;
    this.#clock = clock;
    this.#pending = pending;
  }

  send(
    request: HttpCallRequest,
    done: (response: HttpCallResponse | 'reset') => void,
  ): (() => void) | undefined {
    const answer = Object.hasOwn(this.#clusters, request.cluster)
      ? this.#clusters[request.cluster]
      : undefined;
    if (answer === undefined) return undefined;
    let over = false;
    const finish = (response: HttpCallResponse | 'reset'): void => {
      if (over) return;
      over = true;
      stopTimer?.();
      done(response);
    };
    const { timeoutMs } = request;
    const stopTimer =
      timeoutMs > 0 ? this.#clock?.after(timeoutMs, () => finish(callResponse(timedOut))) : undefined;
    this.#pending.soon(async () => {
      const given = await answer(testCall(request));
      if (given === 'silence') return;
      finish(given === 'reset' ? 'reset' : callResponse(given === 'refused' ? refused : given));
    });
    return () => {
      over = true;
      stopTimer?.();
    };
  }

  /** Waits for one that is under way; false when none is. */
  settle(): Promise<boolean> {
    return this.#pending.settle();
  }
}

function testCall(request: HttpCallRequest): TestCall {
  const header = (name: string): string => {
    const at = request.headers.indexOf(name);
    return at < 0 ? '' : (request.headers[at + 1] ?? '');
  };
  return {
    cluster: request.cluster,
    method: header(':method'),
    path: header(':path'),
    authority: header(':authority'),
    headers: request.headers,
    body: Buffer.from(request.body).toString('utf8'),
    timeoutMs: request.timeoutMs,
  };
}

function callResponse(response: TestResponse): HttpCallResponse {
  return {
    headers: headerMap('response', { ':status': String(response.status ?? 200) }, response.headers).flat,
    body: Buffer.concat(chunksOf(response.body)),
    trailers: headerMap('trailers', {}, response.trailers).flat,
  };
}
