import { BufferType } from './abi/buffers';
import { Body, bodyOf } from './body';
import { HeaderMap, Headers, headersOf } from './headers';

/** The request of the stream that is being served. The host knows which stream is meant: there is no object behind it. */
@unmanaged
export class Request {
  get headers(): Headers {
    return headersOf(HeaderMap.Request);
  }
  get trailers(): Headers {
    return headersOf(HeaderMap.RequestTrailers);
  }
  get body(): Body {
    return bodyOf(BufferType.RequestBody);
  }

  /** `GET`, `POST` and so on; empty outside the request's headers phase. */
  get method(): string {
    return textOf(this.headers, ':method');
  }
  /** Path and query as the client sent them. */
  get path(): string {
    return textOf(this.headers, ':path');
  }
  /** The host that the client asked for. */
  get authority(): string {
    return textOf(this.headers, ':authority');
  }
}

/** The response of the stream that is being served. */
@unmanaged
export class Response {
  get headers(): Headers {
    return headersOf(HeaderMap.Response);
  }
  get trailers(): Headers {
    return headersOf(HeaderMap.ResponseTrailers);
  }
  get body(): Body {
    return bodyOf(BufferType.ResponseBody);
  }

  /** The status code; 0 outside the response's headers phase. */
  get status(): i32 {
    const text = textOf(this.headers, ':status');
    let status = 0;
    for (let i = 0; i < text.length; i++) status = status * 10 + text.charCodeAt(i) - 0x30;
    return status;
  }
}

function textOf(headers: Headers, name: string): string {
  const value = headers.get(name);
  return value === null ? '' : value;
}

export const request: Request = changetype<Request>(1);
export const response: Response = changetype<Response>(1);
