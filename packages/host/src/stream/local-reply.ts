import { HeaderMap } from '../headers/header-map.ts';

/** A response that a filter (or the host, for a dead filter) gives instead of the upstream's. */
export interface LocalReply {
  /** HTTP status. */
  readonly code: number;
  readonly body: Uint8Array;
  /** `[name, value, …]` with lower-case names. */
  readonly headers: readonly string[];
  /** A gRPC status 0 to 16; anything else is none. */
  readonly grpcStatus: number | undefined;
  /** Why; white space is replaced by `_`. */
  readonly details: string;
}

/** The bytes of a response that this host makes, and their headers. */
export interface PreparedReply {
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
}

const none = new Uint8Array();

/** HTTP status to gRPC status (https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md). */
const grpcStatuses = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);

/** The gRPC status that an HTTP status stands for. */
export function grpcStatusOfHttp(code: number): number {
  return grpcStatuses.get(code) ?? 2;
}

/**
 * Makes the response of a local reply as Envoy does (envoy source/common/http/utility.cc Utility::prepareLocalReply): a
 * body brings content-length and, unless given, content-type; without one both are removed; a gRPC request is answered
 * with status 200 and the gRPC status in the headers.
 */
export function prepareLocalReply(reply: LocalReply, request: HeaderMap | undefined): PreparedReply {
  const headers = new HeaderMap('response', [':status', String(reply.code)]);
  for (let i = 0; i < reply.headers.length; i += 2) {
    headers.add(reply.headers[i] as string, reply.headers[i + 1] as string);
  }
  if (isGrpc(request)) {
    headers.set(':status', '200');
    headers.set('content-type', 'application/grpc');
    if ((headers.get('grpc-status') ?? '') === '') {
      headers.set('grpc-status', String(reply.grpcStatus ?? grpcStatusOfHttp(reply.code)));
    }
    if (reply.body.length > 0 && (headers.get('grpc-message') ?? '') === '') {
      headers.set('grpc-message', percentEncode(reply.body));
    }
    headers.remove('content-length');
    return { headers, body: none };
  }
  if (reply.body.length === 0) {
    headers.remove('content-length');
    headers.remove('content-type');
    return { headers, body: none };
  }
  headers.set('content-length', String(reply.body.length));
  if (headers.get('content-type') === undefined) headers.add('content-type', 'text/plain');
  return { headers, body: request?.get(':method') === 'HEAD' ? none : reply.body };
}

function isGrpc(request: HeaderMap | undefined): boolean {
  const type = request?.get('content-type');
  return type !== undefined && /^application\/grpc(\+|$)/.test(type);
}

/** Printable ASCII stays, the rest and `%` become %XX (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
function percentEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text +=
      byte < 0x20 || byte > 0x7e || byte === 0x25
        ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte);
  }
  return text;
}
