import { Status } from '../abi/status.ts';
import { numberField, readFields, textField } from '../protobuf/fields.ts';
import { nothing, type ForeignFunction } from './foreign-function.ts';

/**
 * The keys for which Envoy 1.40 can make an object from bytes, as far as they are documented
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/advanced/well_known_filter_state). `known` gives what a value
 * must look like.
 */
const known: ReadonlyMap<string, RegExp> = new Map([
  ['envoy.string', /[^]*/],
  ['envoy.hashable_string', /[^]*/],
  ['envoy.tcp_proxy.cluster', /[^]*/],
  ['envoy.tcp_proxy.disable_tunneling', /[^]*/],
  ['envoy.tcp_proxy.per_connection_idle_timeout_ms', /^\d+$/],
  ['envoy.network.upstream_server_name', /[^]*/],
  ['envoy.network.upstream_subject_alt_names', /[^]*/],
  ['envoy.network.application_protocols', /[^]*/],
  ['envoy.network.transport_socket.original_dst_address', /^.+:\d+$/],
  ['envoy.filters.listener.original_dst.local_ip', /^.+:\d+$/],
  ['envoy.filters.listener.original_dst.remote_ip', /^.+:\d+$/],
  ['envoy.upstream.dynamic_host', /[^]*/],
  ['envoy.upstream.dynamic_port', /^\d+$/],
  ['envoy.ratelimit.hits_addend', /^\d+$/],
]);

/** Takes SetEnvoyFilterStateArguments {1 path, 2 value, 3 span}; the span is the stream's, whatever is asked for. */
export const setEnvoyFilterState: ForeignFunction = (vm, args) => {
  const fields = readFields(args);
  const path = fields && textField(fields, 1);
  const value = fields && textField(fields, 2);
  if (path === undefined || value === undefined) return Status.BadArgument;
  const shape = known.get(path);
  if (shape === undefined) return Status.NotFound;
  if (!shape.test(value)) return Status.BadArgument;
  const state = vm.context().filterState;
  if (state === undefined) return Status.NotFound;
  const result = state.set(path, Buffer.from(value, 'utf8').toString('latin1'));
  return result === Status.Ok ? nothing : result;
};

/**
 * Takes DeclarePropertyArguments {1 name, 2 readonly, 3 type, 4 schema, 5 span}. `readonly` is obeyed, and of the types text
 * (1); other types and schemas are for messages, and a span beyond the stream is for other filters. A declaration counts for a stream only
 * when the plugin's own context makes it (envoy foreign.cc uses the current context, setProperty asks the root).
 */
export const declareProperty: ForeignFunction = (vm, args) => {
  const fields = readFields(args);
  const name = fields && textField(fields, 1);
  if (fields === undefined || name === undefined) return Status.BadArgument;
  vm.context();
  const done = vm.currentContext.declare(name, {
    readonly: numberField(fields, 2) !== 0n,
    text: numberField(fields, 3) === 1n,
  });
  return done ? nothing : Status.BadArgument;
};
