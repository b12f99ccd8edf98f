// Generated from attributes/list.ts by `node packages/sdk/attributes/write.ts`.
import { propertyBool, propertyInt, propertyNanoseconds, propertyText } from './properties';

/**
 * Envoy's attributes by their names and types. What is not there in this phase is the fallback.
 *
 *     const caller = attributes.connection.uri_san_peer_certificate();
 *     const code = attributes.response.code();
 */
export namespace attributes {
  /** The request; there from its headers on. */
  export namespace request {
    /** Path and query. */
    export function path(fallback: string = ''): string {
      return propertyText('request.path', fallback);
    }
    /** The path without its query. */
    export function url_path(fallback: string = ''): string {
      return propertyText('request.url_path', fallback);
    }
    /** What follows the question mark. */
    export function query(fallback: string = ''): string {
      return propertyText('request.query', fallback);
    }
    /** The host that the client asked for. */
    export function host(fallback: string = ''): string {
      return propertyText('request.host', fallback);
    }
    /** `http` or `https`. */
    export function scheme(fallback: string = ''): string {
      return propertyText('request.scheme', fallback);
    }
    /** As `GET`. */
    export function method(fallback: string = ''): string {
      return propertyText('request.method', fallback);
    }
    /** The referer header. */
    export function referer(fallback: string = ''): string {
      return propertyText('request.referer', fallback);
    }
    /** The user-agent header. */
    export function useragent(fallback: string = ''): string {
      return propertyText('request.useragent', fallback);
    }
    /** When its first byte came, since 1970, in nanoseconds. */
    export function time(fallback: i64 = 0): i64 {
      return propertyNanoseconds('request.time', fallback);
    }
    /** The x-request-id header. */
    export function id(fallback: string = ''): string {
      return propertyText('request.id', fallback);
    }
    /** As `HTTP/1.1`. */
    export function protocol(fallback: string = ''): string {
      return propertyText('request.protocol', fallback);
    }
    /** How long it took; once it is over, in nanoseconds. */
    export function duration(fallback: i64 = 0): i64 {
      return propertyNanoseconds('request.duration', fallback);
    }
    /** Size of its body, by content-length while it is under way. */
    export function size(fallback: i64 = 0): i64 {
      return propertyInt('request.size', fallback);
    }
    /** Size with headers; once it is over. */
    export function total_size(fallback: i64 = 0): i64 {
      return propertyInt('request.total_size', fallback);
    }
  }

  /** The response; there once it has begun. */
  export namespace response {
    /** The status code. */
    export function code(fallback: i64 = 0): i64 {
      return propertyInt('response.code', fallback);
    }
    /** Why it has this code, as in the access log. */
    export function code_details(fallback: string = ''): string {
      return propertyText('response.code_details', fallback);
    }
    /** Envoy's response flags, as bits. */
    export function flags(fallback: i64 = 0): i64 {
      return propertyInt('response.flags', fallback);
    }
    /** The gRPC status. */
    export function grpc_status(fallback: i64 = 0): i64 {
      return propertyInt('response.grpc_status', fallback);
    }
    /** Size of its body. */
    export function size(fallback: i64 = 0): i64 {
      return propertyInt('response.size', fallback);
    }
    /** Size with headers. */
    export function total_size(fallback: i64 = 0): i64 {
      return propertyInt('response.total_size', fallback);
    }
    /** From the last byte sent to the first one received, in nanoseconds. */
    export function backend_latency(fallback: i64 = 0): i64 {
      return propertyNanoseconds('response.backend_latency', fallback);
    }
  }

  /** Who connected. */
  export namespace source {
    /** Address and port. */
    export function address(fallback: string = ''): string {
      return propertyText('source.address', fallback);
    }
    /** The port. */
    export function port(fallback: i64 = 0): i64 {
      return propertyInt('source.port', fallback);
    }
  }

  /** Where the connection was accepted. */
  export namespace destination {
    /** Address and port. */
    export function address(fallback: string = ''): string {
      return propertyText('destination.address', fallback);
    }
    /** The port. */
    export function port(fallback: i64 = 0): i64 {
      return propertyInt('destination.port', fallback);
    }
  }

  /** The connection from the client. */
  export namespace connection {
    /** Number of the connection. */
    export function id(fallback: i64 = 0): i64 {
      return propertyInt('connection.id', fallback);
    }
    /** Whether both sides have shown a certificate. */
    export function mtls(fallback: bool = false): bool {
      return propertyBool('connection.mtls', fallback);
    }
    /** The name asked for in TLS (SNI). */
    export function requested_server_name(fallback: string = ''): string {
      return propertyText('connection.requested_server_name', fallback);
    }
    /** As `TLSv1.3`; absent without TLS. */
    export function tls_version(fallback: string = ''): string {
      return propertyText('connection.tls_version', fallback);
    }
    /** Subject of our own certificate. */
    export function subject_local_certificate(fallback: string = ''): string {
      return propertyText('connection.subject_local_certificate', fallback);
    }
    /** Subject of the peer's certificate. */
    export function subject_peer_certificate(fallback: string = ''): string {
      return propertyText('connection.subject_peer_certificate', fallback);
    }
    /** First DNS name of our own certificate. */
    export function dns_san_local_certificate(fallback: string = ''): string {
      return propertyText('connection.dns_san_local_certificate', fallback);
    }
    /** First DNS name of the peer's certificate. */
    export function dns_san_peer_certificate(fallback: string = ''): string {
      return propertyText('connection.dns_san_peer_certificate', fallback);
    }
    /** First URI of our own certificate. */
    export function uri_san_local_certificate(fallback: string = ''): string {
      return propertyText('connection.uri_san_local_certificate', fallback);
    }
    /** First URI of the peer's certificate: who calls, in a mesh. */
    export function uri_san_peer_certificate(fallback: string = ''): string {
      return propertyText('connection.uri_san_peer_certificate', fallback);
    }
    /** Digest of the peer's certificate, in hex. */
    export function sha256_peer_certificate_digest(fallback: string = ''): string {
      return propertyText('connection.sha256_peer_certificate_digest', fallback);
    }
    /** Why the connection was ended. */
    export function termination_details(fallback: string = ''): string {
      return propertyText('connection.termination_details', fallback);
    }
    /** Why TLS failed. */
    export function transport_failure_reason(fallback: string = ''): string {
      return propertyText('connection.transport_failure_reason', fallback);
    }
  }

  /** The connection to the upstream; there once the request was sent on. */
  export namespace upstream {
    /** Address and port. */
    export function address(fallback: string = ''): string {
      return propertyText('upstream.address', fallback);
    }
    /** The port. */
    export function port(fallback: i64 = 0): i64 {
      return propertyInt('upstream.port', fallback);
    }
    /** Our own end. */
    export function local_address(fallback: string = ''): string {
      return propertyText('upstream.local_address', fallback);
    }
    /** As `TLSv1.3`; absent without TLS. */
    export function tls_version(fallback: string = ''): string {
      return propertyText('upstream.tls_version', fallback);
    }
    /** Subject of our own certificate. */
    export function subject_local_certificate(fallback: string = ''): string {
      return propertyText('upstream.subject_local_certificate', fallback);
    }
    /** Subject of the peer's certificate. */
    export function subject_peer_certificate(fallback: string = ''): string {
      return propertyText('upstream.subject_peer_certificate', fallback);
    }
    /** First DNS name of our own certificate. */
    export function dns_san_local_certificate(fallback: string = ''): string {
      return propertyText('upstream.dns_san_local_certificate', fallback);
    }
    /** First DNS name of the peer's certificate. */
    export function dns_san_peer_certificate(fallback: string = ''): string {
      return propertyText('upstream.dns_san_peer_certificate', fallback);
    }
    /** First URI of our own certificate. */
    export function uri_san_local_certificate(fallback: string = ''): string {
      return propertyText('upstream.uri_san_local_certificate', fallback);
    }
    /** First URI of the peer's certificate: who calls, in a mesh. */
    export function uri_san_peer_certificate(fallback: string = ''): string {
      return propertyText('upstream.uri_san_peer_certificate', fallback);
    }
    /** Digest of the peer's certificate, in hex. */
    export function sha256_peer_certificate_digest(fallback: string = ''): string {
      return propertyText('upstream.sha256_peer_certificate_digest', fallback);
    }
    /** Why TLS failed. */
    export function transport_failure_reason(fallback: string = ''): string {
      return propertyText('upstream.transport_failure_reason', fallback);
    }
    /** How often it was tried. */
    export function request_attempt_count(fallback: i64 = 0): i64 {
      return propertyInt('upstream.request_attempt_count', fallback);
    }
  }

  /** What of the proxy's configuration serves the stream. */
  export namespace xds {
    /** The cluster. */
    export function cluster_name(fallback: string = ''): string {
      return propertyText('xds.cluster_name', fallback);
    }
    /** The route. */
    export function route_name(fallback: string = ''): string {
      return propertyText('xds.route_name', fallback);
    }
    /** The virtual host. */
    export function virtual_host_name(fallback: string = ''): string {
      return propertyText('xds.virtual_host_name', fallback);
    }
    /** The listener's filter chain. */
    export function filter_chain_name(fallback: string = ''): string {
      return propertyText('xds.filter_chain_name', fallback);
    }
    /** 0 unknown, 1 inbound, 2 outbound. */
    export function listener_direction(fallback: i64 = 0): i64 {
      return propertyInt('xds.listener_direction', fallback);
    }
  }
}
