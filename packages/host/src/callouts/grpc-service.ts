import { bytesField, readFields, textField } from '../protobuf/fields.ts';

/** Where a gRPC callout goes. */
export interface GrpcUpstream {
  /** The cluster's name; of a `google_grpc` service its target URI. */
  readonly cluster: string;
  /** The filter gave a service as protobuf, which Envoy does not look up before it calls. */
  readonly described: boolean;
}

/** envoy.config.core.v3.GrpcService: `EnvoyGrpc envoy_grpc = 1 {cluster_name = 1}`, `GoogleGrpc google_grpc = 2 {target_uri = 1}`. */
const envoyGrpc = 1;
const googleGrpc = 2;

/**
 * What the first argument of a gRPC callout means: Envoy takes it for a serialized GrpcService when it parses as one, and
 * otherwise for a cluster's name (envoy context.cc Context::grpcCall). `undefined`: a service that names no upstream.
 */
export function grpcUpstream(service: Uint8Array): GrpcUpstream | undefined {
  const name = { cluster: Buffer.from(service).toString('utf8'), described: false };
  const fields = readFields(service);
  if (fields === undefined) return name;
  const target = fields.findLast(({ number }) => number === envoyGrpc || number === googleGrpc);
  if (target === undefined) return undefined;
  const inner = readFields(bytesField(fields, target.number));
  const cluster = inner === undefined ? undefined : textField(inner, 1);
  return cluster === undefined ? name : { cluster, described: true };
}
