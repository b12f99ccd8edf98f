/** Envoy's attributes (docs: "Attributes" under advanced configuration), each with its type. Maps and messages are left to `propertyBytes`. */
export type AttributeType = 'string' | 'int' | 'bool' | 'nanoseconds';

export interface Attribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly about: string;
}

export interface AttributeGroup {
  readonly name: string;
  readonly about: string;
  readonly attributes: readonly Attribute[];
}

function group(
  name: string,
  about: string,
  ...all: readonly (readonly [string, AttributeType, string])[]
): AttributeGroup {
  return { name, about, attributes: all.map(([one, type, words]) => ({ name: one, type, about: words })) };
}

const certificates = [
  ['tls_version', 'string', 'As `TLSv1.3`; absent without TLS'],
  ['subject_local_certificate', 'string', 'Subject of our own certificate'],
  ['subject_peer_certificate', 'string', "Subject of the peer's certificate"],
  ['dns_san_local_certificate', 'string', 'First DNS name of our own certificate'],
  ['dns_san_peer_certificate', 'string', "First DNS name of the peer's certificate"],
  ['uri_san_local_certificate', 'string', 'First URI of our own certificate'],
  ['uri_san_peer_certificate', 'string', "First URI of the peer's certificate: who calls, in a mesh"],
  ['sha256_peer_certificate_digest', 'string', "Digest of the peer's certificate, in hex"],
] as const;

export const attributeGroups: readonly AttributeGroup[] = [
  group(
    'request',
    'The request; there from its headers on',
    ['path', 'string', 'Path and query'],
    ['url_path', 'string', 'The path without its query'],
    ['query', 'string', 'What follows the question mark'],
    ['host', 'string', 'The host that the client asked for'],
    ['scheme', 'string', '`http` or `https`'],
    ['method', 'string', 'As `GET`'],
    ['referer', 'string', 'The referer header'],
    ['useragent', 'string', 'The user-agent header'],
    ['time', 'nanoseconds', 'When its first byte came, since 1970'],
    ['id', 'string', 'The x-request-id header'],
    ['protocol', 'string', 'As `HTTP/1.1`'],
    ['duration', 'nanoseconds', 'How long it took; once it is over'],
    ['size', 'int', 'Size of its body, by content-length while it is under way'],
    ['total_size', 'int', 'Size with headers; once it is over'],
  ),
  group(
    'response',
    'The response; there once it has begun',
    ['code', 'int', 'The status code'],
    ['code_details', 'string', 'Why it has this code, as in the access log'],
    ['flags', 'int', "Envoy's response flags, as bits"],
    ['grpc_status', 'int', 'The gRPC status'],
    ['size', 'int', 'Size of its body'],
    ['total_size', 'int', 'Size with headers'],
    ['backend_latency', 'nanoseconds', 'From the last byte sent to the first one received'],
  ),
  group('source', 'Who connected', ['address', 'string', 'Address and port'], ['port', 'int', 'The port']),
  group(
    'destination',
    'Where the connection was accepted',
    ['address', 'string', 'Address and port'],
    ['port', 'int', 'The port'],
  ),
  group(
    'connection',
    'The connection from the client',
    ['id', 'int', 'Number of the connection'],
    ['mtls', 'bool', 'Whether both sides have shown a certificate'],
    ['requested_server_name', 'string', 'The name asked for in TLS (SNI)'],
    ...certificates,
    ['termination_details', 'string', 'Why the connection was ended'],
    ['transport_failure_reason', 'string', 'Why TLS failed'],
  ),
  group(
    'upstream',
    'The connection to the upstream; there once the request was sent on',
    ['address', 'string', 'Address and port'],
    ['port', 'int', 'The port'],
    ['local_address', 'string', 'Our own end'],
    ...certificates,
    ['transport_failure_reason', 'string', 'Why TLS failed'],
    ['request_attempt_count', 'int', 'How often it was tried'],
  ),
  group(
    'xds',
    "What of the proxy's configuration serves the stream",
    ['cluster_name', 'string', 'The cluster'],
    ['route_name', 'string', 'The route'],
    ['virtual_host_name', 'string', 'The virtual host'],
    ['filter_chain_name', 'string', "The listener's filter chain"],
    ['listener_direction', 'int', '0 unknown, 1 inbound, 2 outbound'],
  ),
];
