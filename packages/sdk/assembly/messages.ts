import { BufferType } from './abi/buffers';
import { Body } from './body';
import { Headers } from './headers';

/** The request of the stream that is being served. */
export class Request {
  readonly headers: Headers = new Headers(0);
  readonly trailers: Headers = new Headers(1);
  readonly body: Body = new Body(BufferType.RequestBody);

  /** `GET`, `POST` and so on; empty outside the request's headers phase. */
  get method(): string {
    return valueOr(this.headers.get(':method'), '');
  }

  /** Path and query as the client sent them. */
  get path(): string {
    return valueOr(this.headers.get(':path'), '');
  }

  /** The host that the client asked for. */
  get authority(): string {
    return valueOr(this.headers.get(':authority'), '');
  }
}

/** The response of the stream that is being served. */
export class Response {
  readonly headers: Headers = new Headers(2);
  readonly trailers: Headers = new Headers(3);
  readonly body: Body = new Body(BufferType.ResponseBody);

  /** The status code; 0 outside the response's headers phase. */
  get status(): i32 {
    const text = this.headers.get(':status');
    return text === null ? 0 : <i32>parseInt(text, 10);
  }
}

function valueOr(value: string | null, fallback: string): string {
  return value === null ? fallback : value;
}

/** One of each serves all streams: the host knows which stream is meant. */
export const request: Request = new Request();
export const response: Response = new Response();
