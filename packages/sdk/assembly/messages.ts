import { BufferType } from './abi/buffers';
import { Body, bodyOf } from './body';
import { HeaderMap, Headers, headersOf } from './headers';
import { cookieOf } from './text/cookies';
import { Query } from './text/query';

/** The request of the stream that is being served. The host knows which stream is meant: there is no object behind it. */
@unmanaged
export class Request {
  /** In `onRequestHeaders`, until it has returned Continue, and in `onLog`. */
  get headers(): Headers {
    return headersOf(HeaderMap.Request);
  }
  /** In `onRequestTrailers`. */
  get trailers(): Headers {
    return headersOf(HeaderMap.RequestTrailers);
  }
  /** In `onRequestBody`. */
  get body(): Body {
    return bodyOf(BufferType.RequestBody);
  }

  /** `GET`, `POST` and so on; empty outside the request's headers phase. */
  get method(): string {
    return this.headers.getOr(':method');
  }
  /** Path and query as the client sent them. */
  get path(): string {
    return this.headers.getOr(':path');
  }
  /** The path without its query. */
  get pathname(): string {
    const path = this.path;
    const query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }
  /** The parameters of the query. */
  get query(): Query {
    const path = this.path;
    const query = path.indexOf('?');
    return new Query(query < 0 ? '' : path.substring(query + 1));
  }
  /** The value of a cookie, or null. */
  cookie(name: string): string | null {
    const lines = this.headers.getAll('cookie');
    for (let i = 0; i < lines.length; i++) {
      const value = cookieOf(lines[i], name);
      if (value !== null) return value;
    }
    return null;
  }
  /** The host that the client asked for. */
  get authority(): string {
    return this.headers.getOr(':authority');
  }
}

/** The response of the stream that is being served. */
@unmanaged
export class Response {
  /** In `onResponseHeaders`, until it has returned Continue, and in `onLog`. */
  get headers(): Headers {
    return headersOf(HeaderMap.Response);
  }
  /** In `onResponseTrailers`. */
  get trailers(): Headers {
    return headersOf(HeaderMap.ResponseTrailers);
  }
  /** In `onResponseBody`. */
  get body(): Body {
    return bodyOf(BufferType.ResponseBody);
  }

  /** The status code; 0 outside the response's headers phase. */
  get status(): i32 {
    return statusOf(this.headers);
  }
}

/** The status code in a map; 0 when there is none. */
export function statusOf(headers: Headers): i32 {
  const text = headers.getOr(':status');
  let status = 0;
  for (let i = 0; i < text.length; i++) status = status * 10 + text.charCodeAt(i) - 0x30;
  return status;
}

export const request: Request = changetype<Request>(1);
export const response: Response = changetype<Response>(1);
