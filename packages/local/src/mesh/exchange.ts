import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClientResponse, isBodiless } from './client-response.ts';
import type { ExchangeTape } from '../record/exchange-tape.ts';
import type { ExchangeEnd } from './counters.ts';
import type { ExchangeHost, Recorded } from './exchange-host.ts';
import type { FilterStream, HeaderPairs, StreamExits } from './filter-stream.ts';
import { FramedFlow } from './framing.ts';
import { endFlow, guarded, trailersOf } from './flows.ts';
import { endToEnd, headerValue, toPairs } from './headers.ts';
import type { MeshLimits } from './limits.ts';
import { plainAnswer } from './plain-answer.ts';
import { readRequestHead } from './request-head.ts';
import { Throttle } from './throttle.ts';
import { UpstreamRequest } from './upstream.ts';

/**
 * One request and its response: client → filters → upstream → filters → client, each side no faster than the other takes it.
 * A filter may answer at any time; the client may go at any time; upstream may fail at any time.
 */
export class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #limits: MeshLimits;
  readonly #ended: (end: ExchangeEnd) => void;
  readonly #tape: ExchangeTape | undefined;
  readonly #fault: (error: unknown) => void;
  readonly #stream: FilterStream;
  readonly #upstream: UpstreamRequest;
  readonly #toUpstream: FramedFlow;
  readonly #toClient: FramedFlow;
  readonly #requestBrake: Throttle;
  readonly #responseBrake: Throttle;
  readonly #idle: NodeJS.Timeout;
  #upstreamMessage: IncomingMessage | undefined;
  #received = 0;
  /** Where the response is from, once there is one. */
  #answer: 'none' | 'upstream' | 'proxy' | 'filter' = 'none';
  /** The rest of the request body is of no interest. */
  #dropsBody = false;
  #isBrokenOff = false;
  #closed = false;

  constructor(host: ExchangeHost, request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.#limits = host.limits;
    const begun = performance.now();
    this.#tape = host.record?.();
    this.#ended = (end) => host.ended(end, performance.now() - begun, this.#recorded());
    this.#fault = (error) => host.fault(error);
    this.#idle = setTimeout(() => this.#safely(() => this.#late()), host.limits.idleMs);
    this.#requestBrake = new Throttle((held) => (held ? request.pause() : request.resume()));
    this.#responseBrake = new Throttle((held) =>
      held ? this.#upstreamMessage?.pause() : this.#upstreamMessage?.resume(),
    );
    this.#upstream = new UpstreamRequest(host.upstream, host.limits, {
      response: (message) => this.#safely(() => this.#fromUpstream(message)),
      failed: (status, reason) => this.#safely(() => this.#fail(status, reason)),
      hold: (hold) => this.#requestBrake.set('upstream', hold),
    });
    this.#stream = host.openStream(this.#exits(), request);
    const { changes } = this.#stream;
    const safely = (run: () => void): void => this.#safely(run);
    this.#toUpstream = new FramedFlow(this.#upstream, !changes.request, safely);
    this.#toClient = new FramedFlow(
      new ClientResponse(request, response, (hold) => this.#responseBrake.set('client', hold)),
      !changes.response,
      safely,
    );
    response.on('close', () => this.#safely(() => this.#close()));
    response.on('error', () => this.#safely(() => this.#close()));
    request.on('error', () => this.#safely(() => this.#close()));
  }

  /** Takes the request in. `expectsContinue`: the client waits to be told that its body is wanted. */
  start(expectsContinue: boolean): void {
    this.#safely(() => this.#start(expectsContinue));
  }

  #start(expectsContinue: boolean): void {
    const head = readRequestHead(this.#request, this.#limits);
    if (head.kind === 'refused') {
      this.#refuse(head.status, head.reason);
      return;
    }
    this.#tape?.requestHead(head.headers);
    this.#toUpstream.came(head.headers);
    this.#stream.request.headers(head.headers, head.bodiless);
    if (head.bodiless) return;
    if (expectsContinue) {
      if (this.#answer === 'none') this.#response.writeContinue();
      else {
        // Whether the client sends its body now cannot be known, so the connection cannot be used again.
        this.#response.shouldKeepAlive = false;
        return;
      }
    }
    this.#request.on('data', (chunk: Buffer) => this.#safely(() => this.#fromClient(chunk)));
    this.#request.on('end', () => {
      if (this.#closed || this.#dropsBody) return;
      this.#idle.refresh();
      const trailers = trailersOf(this.#request);
      this.#tape?.requestTrailers(trailers);
      this.#safely(() => endFlow(this.#stream.request, trailers));
    });
  }

  /** What the filters let through. */
  #exits(): StreamExits {
    const open = () => !this.#closed;
    return {
      request: guarded(open, {
        headers: (headers, end) => this.#toUpstream.headers(headers, end),
        body: (chunk, end) => this.#toUpstream.body(chunk, end),
        trailers: (trailers) => this.#toUpstream.trailers(trailers),
      }),
      response: guarded(open, {
        headers: (headers, end) => {
          if (this.#answer !== 'none') this.#tape?.responseHead(headers, this.#answer);
          this.#toClient.headers(headers, end);
        },
        body: (chunk, end) => {
          if (this.#answer === 'filter' || this.#answer === 'proxy')
            this.#tape?.responseBody(chunk, this.#answer);
          this.#toClient.body(chunk, end);
        },
        trailers: (trailers) => {
          if (this.#answer === 'filter' || this.#answer === 'proxy')
            this.#tape?.responseTrailers(trailers, this.#answer);
          this.#toClient.trailers(trailers);
        },
      }),
      localReply: () => this.#take('filter'),
      reset: () => this.#breakOff(),
      holdRequest: (hold) => this.#requestBrake.set('filters', hold),
      holdResponse: (hold) => this.#responseBrake.set('filters', hold),
    };
  }

  #fromClient(chunk: Buffer): void {
    // What comes after the answer is read, because the client may not listen before it has sent all, and dropped.
    if (this.#closed || this.#dropsBody) return;
    this.#idle.refresh();
    this.#received += chunk.length;
    if (this.#received > this.#limits.bodyBytes) {
      this.#dropsBody = true;
      this.#response.shouldKeepAlive = false;
      this.#fail(413, `a body of more than ${this.#limits.bodyBytes} bytes`);
      return;
    }
    this.#tape?.requestBody(chunk);
    this.#stream.request.body(chunk, false);
  }

  #fromUpstream(message: IncomingMessage): void {
    if (this.#closed || this.#answer !== 'none') {
      message.destroy();
      return;
    }
    this.#answer = 'upstream';
    this.#upstreamMessage = message;
    this.#idle.refresh();
    const status = message.statusCode ?? 502;
    const fields = toPairs(message.rawHeaders);
    const empty = headerValue(fields, 'content-length') === '0';
    const bodiless = this.#request.method === 'HEAD' || isBodiless(status) || empty;
    message.on('error', () => {
      if (this.#answer === 'upstream') this.#safely(() => this.#fail(502, 'upstream broke off its response'));
    });
    const headers: HeaderPairs = [[':status', String(status)], ...endToEnd(fields)];
    this.#tape?.responseHead(headers, 'upstream');
    this.#toClient.came(headers);
    this.#stream.response.headers(headers, bodiless);
    if (bodiless) {
      message.resume();
      return;
    }
    message.on('data', (chunk: Buffer) => {
      if (this.#closed) return;
      this.#idle.refresh();
      this.#tape?.responseBody(chunk, 'upstream');
      this.#safely(() => this.#stream.response.body(chunk, false));
    });
    message.on('end', () => {
      if (this.#closed) return;
      const trailers = trailersOf(message);
      this.#tape?.responseTrailers(trailers, 'upstream');
      this.#safely(() => endFlow(this.#stream.response, trailers));
    });
  }

  /** Nothing moved for too long. */
  #late(): void {
    const uploading = !this.#request.complete && !this.#requestBrake.held;
    if (uploading) this.#fail(408, 'the request did not come to its end in time');
    else this.#fail(504, 'upstream did not answer in time');
  }

  /** A fault between client and upstream. It goes through the response filters as any answer does, if one can still go. */
  #fail(status: number, reason: string): void {
    if (this.#closed) return;
    if (this.#answer !== 'none') {
      // The client must see that the response is not whole.
      if (!this.#response.writableEnded) this.#breakOff();
      return;
    }
    this.#take('proxy');
    const { headers, body } = plainAnswer(status, reason);
    const bodiless = this.#request.method === 'HEAD';
    this.#stream.response.headers(headers, bodiless);
    if (!bodiless) this.#stream.response.body(body, true);
  }

  /** Answers a head that the filters never see. */
  #refuse(status: number, reason: string): void {
    this.#take('proxy');
    this.#response.shouldKeepAlive = false;
    const { headers, body } = plainAnswer(status, reason);
    this.#toClient.headers(headers, false);
    this.#toClient.body(body, true);
  }

  /** The answer does not come from upstream, which is wanted no more. */
  #take(from: 'proxy' | 'filter'): void {
    this.#answer = from;
    this.#toUpstream.cancel();
    this.#upstream.close(false);
    // Read what the client still sends: it may not listen before it has sent all.
    this.#requestBrake.set('upstream', false);
  }

  #safely(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fault(error);
      this.#breakOff();
    }
  }

  #breakOff(): void {
    // A client that left first saw nothing of it.
    this.#isBrokenOff ||= !this.#closed;
    this.#response.destroy();
  }

  #recorded(): Recorded | undefined {
    if (this.#tape === undefined) return undefined;
    const answered = this.#tape.answeredBy !== 'upstream' || this.#upstreamMessage?.complete === true;
    const whole = this.#request.complete && this.#response.writableFinished && !this.#isBrokenOff;
    return { tape: this.#tape, whole: whole && answered };
  }

  #end(): ExchangeEnd {
    if (this.#isBrokenOff) return 'broken-off';
    return this.#response.headersSent ? this.#response.statusCode : 'left';
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended(this.#end());
    clearTimeout(this.#idle);
    this.#toUpstream.cancel();
    this.#toClient.cancel();
    this.#upstream.close(this.#upstreamMessage?.complete === true);
    this.#stream.close();
  }
}
