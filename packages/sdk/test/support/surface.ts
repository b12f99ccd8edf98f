/** A filter that does what the request's header `x-do` says and answers with what came of it. Run on the host and in Envoy. */
export const surface = `
import {
  BodyAction, CallResponse, Counter, Gauge, GrpcCall, GrpcStream, HeadersAction, Headers, Histogram, HttpCall, HttpFilter, LabeledCounter,
  LocalResponse, Plugin, SharedQueue, Status, attributes, callForeignFunction, clearRouteCache, lastStatus, propertyText,
  TrailersAction, registerPlugin, setProperty, sharedData, statusText,
} from '@wasmcast/sdk/assembly';

class Surface extends Plugin {
  hits: Counter = new Counter('surface_hits');
  level: Gauge = new Gauge('surface_level');
  sizes: Histogram = new Histogram('surface_sizes');
  codes: LabeledCounter = new LabeledCounter('surface_codes', 'code');
  queue: SharedQueue | null = null;
  onConfigure(): bool {
    this.queue = SharedQueue.register('surface');
    this.setTickPeriod(50);
    return true;
  }
  onTick(): void { sharedData.add('ticks', 1); }
  onQueueReady(queue: SharedQueue): void {
    for (let entry = queue.pop(); entry !== null; entry = queue.pop()) sharedData.set('popped', entry);
  }
  createFilter(): HttpFilter { return new Stream(this); }
}

class Stream extends HttpFilter {
  constructor(private plugin: Surface) { super(); }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const what = this.request.headers.get('x-do');
    if (what === null) return HeadersAction.Continue;
    const result = this.run(what);
    if (result !== null) this.answer(result);
    return HeadersAction.Pause;
  }
  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.add('x-twice', '1');
    this.response.headers.add('x-twice', '2');
    this.response.headers.set('x-values', this.response.headers.getAll('x-twice').join('+'));
    return HeadersAction.Continue;
  }

  onRequestTrailers(): TrailersAction {
    this.request.trailers.set('x-trailer', this.request.trailers.getOr('x-trailer') + '!');
    return TrailersAction.Continue;
  }
  onResponseTrailers(): TrailersAction {
    this.response.trailers.remove('x-secret');
    this.response.trailers.add('x-count', this.response.trailers.entries().length.toString());
    return TrailersAction.Continue;
  }

  answer(text: string): void { new LocalResponse(200).header('x-by', 'surface').body(text).send(); }

  /** What came of it; null when it comes later. */
  private run(what: string): string | null {
    if (what == 'call') return later(new Ask(this, 'upstream').path('/ask').header('x-from', 'surface').body('question').send());
    if (what == 'call-pass') return later(new Pass(this).send());
    if (what == 'call-nowhere') return statusText(new Ask(this, 'nowhere').send());
    if (what == 'shared') return this.shared();
    if (what == 'push') return statusText(this.plugin.queue!.push('an entry'));
    if (what == 'popped' || what == 'ticks') {
      if (what == 'ticks') return sharedData.add('ticks', 0) > 0 ? 'ticked' : 'no tick yet';
      const popped = sharedData.get('popped');
      return popped === null ? 'nothing yet' : popped;
    }
    if (what == 'resolve') {
      const found = SharedQueue.resolve('surface');
      const missing = SharedQueue.resolve('no such queue');
      const why = statusText(lastStatus());
      if (missing !== null || found === null) return 'wrong';
      return 'found ' + why;
    }
    if (what == 'metrics') return this.metrics();
    if (what == 'foreign') {
      const none = callForeignFunction('no such function');
      const why = statusText(lastStatus());
      return none === null ? why + ' ' + statusText(clearRouteCache()) : 'called';
    }
    if (what == 'attributes') {
      setProperty('mine', 'kept');
      return attributes.request.method() + ' ' + attributes.request.path() + ' ' + attributes.response.code(-1).toString() + ' ' +
        (attributes.connection.mtls() ? 'mtls' : 'plain') + ' ' + propertyText('mine');
    }
    if (what == 'grpc-nowhere') return statusText(new Unary(this, 'nowhere').send(String.UTF8.encode('ping')));
    if (what == 'grpc') return later(new Unary(this, 'grpc').metadata('x-from', 'surface').send(String.UTF8.encode('ping')));
    if (what == 'grpc-fail') return later(new Unary(this, 'grpc').send(String.UTF8.encode('fail')));
    if (what == 'grpc-stream') {
      const chat = new Chat(this);
      const started = chat.start();
      if (started != Status.Ok) return statusText(started);
      chat.write(String.UTF8.encode('one'));
      chat.write(String.UTF8.encode('two'), true);
      return null;
    }
    if (what == 'grpc-close') {
      const chat = new Chat(this);
      chat.start();
      chat.write(String.UTF8.encode('only'));
      return later(chat.close());
    }
    if (what == 'grpc-cancel') {
      const chat = new Chat(this);
      chat.start();
      return statusText(chat.cancel());
    }
    return 'unknown';
  }

  private shared(): string {
    sharedData.setBytes('n', new ArrayBuffer(0));
    const sum = sharedData.add('n', 40) + sharedData.add('n', -38);
    const none = sharedData.get('never set');
    sharedData.set('text', 'a');
    const status = sharedData.update<Stream>('text', this, (old, self) => String.UTF8.encode(String.UTF8.decode(old!) + 'b'));
    const text = sharedData.get('text');
    if (none !== null || text === null) return 'wrong';
    return sum.toString() + ' null ' + statusText(status) + ' ' + text;
  }

  private metrics(): string {
    const plugin = this.plugin;
    plugin.hits.add();
    plugin.hits.add(2);
    plugin.level.set(7);
    plugin.level.add(-2);
    plugin.codes.of('403').add();
    const recorded = plugin.sizes.record(12);
    return plugin.hits.value.toString() + ' ' + plugin.level.value.toString() + ' ' + statusText(recorded) + ' ' +
      statusText(plugin.hits.add(0));
  }
}

function later(status: Status): string | null { return status == Status.Ok ? null : statusText(status); }

class Ask extends HttpCall {
  constructor(private stream: Stream, cluster: string) { super(cluster); this.method('POST'); }
  onResponse(response: CallResponse): void {
    const body = response.body.text();
    const from = response.headers.getOr('x-upstream');
    this.stream.answer(response.status.toString() + ' ' + from + ' ' + (body === null ? '' : body!));
  }
  onFailure(reason: string): void { this.stream.answer('failed: ' + reason); }
}
class Pass extends HttpCall {
  constructor(private stream: Stream) { super('upstream'); }
  onResponse(response: CallResponse): void {
    this.stream.request.headers.set('x-checked', response.status.toString());
    this.stream.resumeRequest();
  }
}
class Unary extends GrpcCall {
  constructor(private stream: Stream, cluster: string) { super(cluster, 'test.Echo', 'Say'); }
  onResponse(message: ArrayBuffer): void { this.stream.answer('said ' + String.UTF8.decode(message)); }
  onClose(status: i32, message: string): void { this.stream.answer('closed ' + status.toString() + ' ' + message); }
}
class Chat extends GrpcStream {
  private heard: string = '';
  constructor(private stream: Stream) { super('grpc', 'test.Echo', 'Chat'); }
  onInitialMetadata(metadata: Headers): void {
    this.heard += metadata.getOr('x-first', 'none');
  }
  onMessage(message: ArrayBuffer): void { this.heard += ',' + String.UTF8.decode(message); }
  onTrailingMetadata(metadata: Headers): void {
    this.heard += ',' + metadata.getOr('x-last', 'none');
  }
  onClose(status: i32, message: string): void { this.stream.answer(this.heard + ' ' + status.toString()); }
}
registerPlugin(() => new Surface());
`;

/** What `x-do` asks for, and what is answered, wherever the filter runs. */
export const answers: readonly (readonly [string, string])[] = [
  ['call', '201 here you asked question with surface'],
  ['call-nowhere', 'bad argument, or not available in this phase'],
  ['shared', '42 null ok ab'],
  ['push', 'ok'],
  ['resolve', 'found not found'],
  ['metrics', '3 5 ok bad argument, or not available in this phase'],
  ['foreign', 'not found ok'],
  ['attributes', 'GET /some?path -1 plain kept'],
  ['grpc-nowhere', 'parse failure'],
];

/** The same for a gRPC server that echoes. */
export const grpcAnswers: readonly (readonly [string, string])[] = [
  ['grpc', 'said ping from surface'],
  ['grpc-fail', 'closed 5 no such thing{via_upstream}'],
  ['grpc-stream', 'hello,one,two,bye 0'],
  ['grpc-close', 'hello,only,bye 0'],
  ['grpc-cancel', 'ok'],
];
