/**
 * Two filters that log what they live through and what their calls answer, one of HTTP and one of TCP: for what the filter of
 * surface.ts has no use for.
 */
export const life = `
import {
  BodyAction, Header, HeadersAction, HttpFilter, LogLevel, Plugin, Status, log, nowNanoseconds, registerPlugin, statusText,
} from '@wasmcast/sdk/assembly';

class Life extends Plugin {
  onVmStart(): bool {
    log.info('started, ' + (log.enabled(LogLevel.Info) ? 'heard' : 'unheard'));
    return true;
  }
  onConfigure(): bool {
    log.info('configured: ' + this.configuration.text());
    return true;
  }
  onTick(): void { log.info('done: ' + statusText(this.done())); }
  onDone(): bool {
    this.setTickPeriod(1);
    log.info('leaving');
    return false;
  }
  createFilter(): HttpFilter { return new Stream(); }
}

class Stream extends HttpFilter {
  private began: u64 = nowNanoseconds();

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    if (headers.has('x-reset')) {
      log.info('reset: ' + statusText(this.reset()));
      return HeadersAction.Pause;
    }
    const lines = headers.entries().filter((line) => line.name != 'content-length' && line.name != 'x-old');
    lines.push(new Header('x-new', headers.getOr('x-old') + ' no more'));
    log.info('replaced: ' + statusText(headers.replaceAll(lines)));
    return HeadersAction.Continue;
  }
  onRequestBody(size: i32, endOfStream: bool): BodyAction {
    if (!endOfStream) return BodyAction.Buffer;
    const body = this.request.body;
    const text = body.text();
    body.setText((text === null ? '' : text) + ' (' + body.size.toString() + ')');
    return BodyAction.Continue;
  }
  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.remove('content-length');
    return HeadersAction.Continue;
  }
  onResponseBody(size: i32, endOfStream: bool): BodyAction {
    if (endOfStream) this.response.body.append(String.UTF8.encode('; said the server'));
    return BodyAction.Continue;
  }
  onLog(): void {
    const later = nowNanoseconds() >= this.began && this.began > 1600000000000000000;
    log.info('over: ' + this.request.headers.getOr('x-new') + ', ' + this.response.status.toString() + (later ? ', later' : ''));
  }
  onDone(): void { log.info('gone'); }
}
registerPlugin(() => new Life());
`;

/** What a request with `x-old: old` and the body `hello` comes to, at a server that answers by {@link heard}. */
export const said = 'got hello (5) and old no more; said the server';

/** What the server behind it answers. */
export function heard(body: string, header: unknown): string {
  return `got ${body} and ${String(header)}`;
}

/** What it logs then, over a request with `x-reset`, and when it is configured anew (`another`); each line once, sorted. */
export const lived: readonly string[] = [
  'configured: another',
  'configured: once',
  'done: ok',
  'gone',
  'leaving',
  'over: , 0, later',
  'over: old no more, 200, later',
  'replaced: ok',
  'reset: ok',
  'started, heard',
];

/** Bytes of the client and of the server are marked as they pass; after `stop` the client's are held, and the connection is closed. */
export const tunnel = `
import { Peer, Plugin, TcpAction, TcpFilter, log, registerPlugin, statusText } from '@wasmcast/sdk/assembly';

class Tunnels extends Plugin {
  createFilter(): TcpFilter { return new Tunnel(); }
}
class Tunnel extends TcpFilter {
  private first: bool = true;

  onNewConnection(): TcpAction {
    log.info('connected');
    return TcpAction.Continue;
  }
  onDownstreamData(size: i32, endOfStream: bool): TcpAction {
    const text = this.downstream.text();
    if (text !== null && text == 'stop') {
      log.info('closing: ' + statusText(this.closeDownstream()));
      return TcpAction.Pause;
    }
    if (size > 0) this.downstream.append(String.UTF8.encode('>'));
    return TcpAction.Continue;
  }
  onUpstreamData(size: i32, endOfStream: bool): TcpAction {
    if (size > 0) this.upstream.prepend(String.UTF8.encode('<'));
    return TcpAction.Continue;
  }
  onDownstreamClose(by: Peer): void { log.info('client closed'); }
  onUpstreamClose(by: Peer): void { log.info('server closed'); }
  onLog(): void { log.info('over'); }
  onDone(): void { log.info('gone'); }
}
registerPlugin(() => new Tunnels());
`;

/** What it logs over a connection that says `hello`, is answered, and says `stop`. */
export const tunnelled: readonly string[] = [
  'client closed',
  'closing: ok',
  'connected',
  'gone',
  'over',
  'server closed',
];

/** Each line once, sorted: a proxy with several threads has several plugins, in no order. */
export function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].toSorted();
}
