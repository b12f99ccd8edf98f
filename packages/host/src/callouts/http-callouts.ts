import { Status } from '../abi/status.ts';
import type { RootContext } from '../context/root-context.ts';
import { HeaderMap } from '../headers/header-map.ts';
import type { HttpCallRequest, HttpCallResponse } from '../ports/ports.ts';
import { pairsOf } from './pairs-of.ts';

/** A callout's response while the filter looks at it. */
export interface CallResponse {
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap;
}

/** How many callouts of one kind a plugin may have under way. */
export const maxCallouts = 10_000;

/** The HTTP callouts of a plugin (envoy source/extensions/common/wasm/context.cc httpCall, onHttpCall…). */
export class HttpCallouts {
  readonly #root: RootContext;
  readonly #running = new Map<number, () => void>();
  /** Set while on_http_call_response runs. */
  response: CallResponse | undefined;

  constructor(root: RootContext) {
    this.#root = root;
  }

  /** Starts a callout; its id, or why not. */
  start(request: HttpCallRequest): { readonly token: number } | Status {
    const { vm } = this.#root;
    const headers = HeaderMap.from('request', pairsOf(request.headers));
    const port = this.#root.ports.httpCall;
    if (port === undefined || request.timeoutMs > 0x7fff_ffff) return Status.BadArgument;
    if ([':path', ':method', ':authority'].some((name) => headers.get(name) === undefined))
      return Status.BadArgument;
    if (this.#running.size >= maxCallouts || this.#root.gone) return Status.InternalFailure;
    if (request.body.length > 0) headers.set('content-length', String(request.body.length));
    const token = vm.calloutIds.next('http');
    const cancel = port.send({ ...request, headers: headers.flat }, (response) =>
      vm.whenIdle(() => this.#answered(token, response)),
    );
    if (cancel === undefined) {
      vm.calloutIds.giveBack('http');
      vm.log('warn', `there is no cluster ${JSON.stringify(request.cluster)} for callouts`, 'host');
      return Status.BadArgument;
    }
    this.#running.set(token, cancel);
    return { token };
  }

  /** Cancels all of them; the module hears nothing more. */
  cancelAll(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }

  #answered(token: number, response: HttpCallResponse | 'reset'): void {
    const { vm } = this.#root;
    if (!this.#running.delete(token) || vm.failed) return;
    let [headers, body, trailers] = [0, 0, 0];
    if (response === 'reset') {
      this.#root.status = { code: Status.BrokenConnection, message: 'reset' };
    } else {
      this.response = {
        headers: new HeaderMap('response', [...response.headers]),
        body: response.body,
        trailers: new HeaderMap('trailers', [...response.trailers]),
      };
      headers = this.response.headers.size;
      body = response.body.length;
      trailers = this.response.trailers.size;
    }
    // Of a failed call Envoy keeps the code and clears only the message (onHttpCallFailure).
    vm.defer(() => {
      this.response = undefined;
      this.#root.status = { ...this.#root.status, message: '' };
    });
    this.#root.notify('on_http_call_response', token, headers, body, trailers);
  }
}
