import { Status } from '../abi/status.ts';
import type { HeaderMap } from '../headers/header-map.ts';
import type { HttpContext } from '../stream/http-context.ts';
import { grpcStatusOfHttp } from '../stream/local-reply.ts';
import type { PropertyValue } from './property-value.ts';
import {
  connectionProperty,
  storedProperty,
  surroundingProperty,
  type PropertyResult,
} from './property-source.ts';

const string = (value: string | undefined): PropertyValue | undefined =>
  value === undefined ? undefined : { kind: 'string', value };
const int = (value: bigint | number | undefined): PropertyValue | undefined =>
  value === undefined ? undefined : { kind: 'int', value: BigInt(value) };

/**
 * The properties of a stream that follow from its messages; what the surroundings know (addresses, route, cluster) comes
 * from the stream's own attributes (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes).
 */
export function streamProperty(stream: HttpContext, parts: readonly string[]): PropertyResult {
  const [top, second, ...rest] = parts;
  const { owner } = stream;
  const outside =
    surroundingProperty(owner.attributes, parts) ?? connectionProperty(owner.connectionId, parts);
  if (outside !== undefined) return outside;
  if (top === 'request' || top === 'response') {
    // A whole object is a map that Envoy cannot serialize.
    if (second === undefined) return Status.SerializationFailure;
    return (top === 'request' ? requestProperty : responseProperty)(stream, second, rest) ?? Status.NotFound;
  }
  if (top === 'filter_state' && second === undefined) return Status.SerializationFailure;
  return storedProperty(owner.filterState, parts);
}

/** envoy source/extensions/filters/common/expr/context.cc RequestWrapper */
function requestProperty(stream: HttpContext, name: string, rest: readonly string[]): PropertyResult {
  const { owner } = stream;
  const headers = stream.requestHeadersNow();
  if (name === 'headers') return headerProperty(headers, rest);
  if (rest.length > 0) return undefined;
  switch (name) {
    case 'time':
      return { kind: 'time', value: owner.startedAt };
    case 'protocol':
      return string(owner.protocol);
    case 'duration':
      return owner.finishedAt === undefined
        ? undefined
        : { kind: 'duration', value: owner.finishedAt - owner.startedAt };
    case 'size': {
      const length = headers?.get('content-length');
      return int(length !== undefined && /^\d+$/.test(length) ? BigInt(length) : owner.request.bytesSeen);
    }
    case 'total_size':
      return int(owner.request.bytesSeen + (headers?.byteSize ?? 0));
    default:
      return headers === undefined ? undefined : requestHeaderProperty(headers, name);
  }
}

function requestHeaderProperty(headers: HeaderMap, name: string): PropertyResult {
  const path = headers.get(':path');
  const query = path?.indexOf('?') ?? -1;
  switch (name) {
    case 'path':
      return string(path);
    case 'url_path':
      return string(query < 0 ? path : path?.slice(0, query));
    case 'query':
      return path === undefined ? undefined : string(query < 0 ? '' : path.slice(query + 1));
    case 'host':
      return string(headers.get(':authority'));
    case 'scheme':
      return string(headers.get(':scheme'));
    case 'method':
      return string(headers.get(':method'));
    case 'referer':
      return string(headers.get('referer'));
    case 'useragent':
      return string(headers.get('user-agent'));
    case 'id':
      return string(headers.get('x-request-id'));
    default:
      return undefined;
  }
}

/** envoy source/extensions/filters/common/expr/context.cc ResponseWrapper */
function responseProperty(stream: HttpContext, name: string, rest: readonly string[]): PropertyResult {
  const { owner } = stream;
  const headers = stream.responseHeadersNow();
  if (name === 'headers') return headerProperty(headers, rest);
  if (name === 'trailers') return headerProperty(stream.responseTrailersNow(), rest);
  if (rest.length > 0) return undefined;
  switch (name) {
    case 'code': {
      const status = owner.response.headers?.get(':status');
      return status === undefined ? undefined : int(Number(status));
    }
    case 'code_details':
      return string(owner.details);
    case 'size':
      return int(owner.bytesSent);
    case 'flags':
      return int(0);
    case 'total_size':
      return int(owner.bytesSent + (headers?.byteSize ?? 0));
    case 'grpc_status':
      return int(
        grpcStatusOf(stream.responseTrailersNow()) ??
          grpcStatusOf(headers) ??
          grpcStatusOfCode(owner.response.headers?.get(':status')),
      );
    default:
      return undefined;
  }
}

/** The status that headers or trailers name; what is no status is -1 (envoy source/common/grpc/common.cc getGrpcStatus). */
function grpcStatusOf(map: HeaderMap | undefined): number | undefined {
  const text = map?.get('grpc-status') ?? '';
  if (text === '') return undefined;
  return /^\d{1,2}$/.test(text) && Number(text) <= 16 ? Number(text) : -1;
}

/** Every response has one, also one that has nothing to do with gRPC. */
function grpcStatusOfCode(status: string | undefined): number | undefined {
  return status === undefined ? undefined : grpcStatusOfHttp(Number(status));
}

/** A map of headers, empty where they are not at hand; it joins repeated ones with a comma, unlike `proxy_get_header_map_pairs`. */
function headerProperty(headers: HeaderMap | undefined, rest: readonly string[]): PropertyResult {
  if (rest.length > 1) return undefined;
  const name = rest[0]?.toLowerCase();
  if (name !== undefined) {
    const values = headers?.getAll(name) ?? [];
    return values.length === 0 ? undefined : string(values.join(','));
  }
  const joined = new Map<string, string>();
  for (const [key, value] of headers ?? [])
    joined.set(key, joined.has(key) ? `${joined.get(key)},${value}` : value);
  return { kind: 'map', value: [...joined].map(([key, value]) => [key, { kind: 'string', value }]) };
}
