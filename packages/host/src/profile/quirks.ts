/** Whose rules hold where they differ: Envoy's, or the text of the specification. */
export type Profile = 'envoy' | 'spec';

/** One rule of Envoy's that the specification does not have, or leaves open. */
interface Rule {
  /** What Envoy does. */
  readonly envoy: string;
  /** What the specification says (https://github.com/proxy-wasm/spec/blob/main/abi-versions/v0.2.1/README.md). */
  readonly spec: string;
  /** Where Envoy does it. */
  readonly source: string;
}

/**
 * The rules in which the two profiles differ, or that a filter can break without being told. Whoever breaks one in a test
 * or in the local mesh is told by a finding.
 */
export const quirks = {
  'map-unavailable': {
    envoy:
      'a map is at hand from its callback until that continues: then a value is BAD_ARGUMENT, all pairs are none',
    spec: 'a value is NOT_FOUND, pairs are BAD_ARGUMENT',
    source: 'envoy context.cc getHeaderMapValue, getHeaderMapPairs, getMap',
  },
  'pairs-malformed': {
    envoy: 'pairs that cannot be read are none, so the map is emptied',
    spec: 'BAD_ARGUMENT, and the map stays',
    source: 'cpp-host pairs_util.cc toPairs',
  },
  'buffer-unavailable': {
    envoy: 'a buffer that is not at hand is an empty one',
    spec: 'NOT_FOUND',
    source: 'envoy context.cc getBuffer',
  },
  'buffer-splice': {
    envoy: 'only the front of a buffer can be replaced, and its end added to: BAD_ARGUMENT',
    spec: 'bytes in the middle are replaced',
    source: 'envoy context.cc Buffer::copyFrom',
  },
  'local-response-unheard': {
    envoy: 'a local response outside of an HTTP stream is OK, and nothing happens',
    spec: 'the same',
    source: 'envoy context.cc sendLocalResponse; envoyproxy/envoy#39797',
  },
  'property-dot': {
    envoy: 'the parts of a path are separated by a NUL; a dot is a part of a name',
    spec: 'the path is opaque',
    source: 'envoy context.cc getProperty',
  },
  'property-unreadable': {
    envoy: 'a path of several parts is stored, but nothing finds it',
    spec: 'NOT_FOUND',
    source: 'envoy context.cc setProperty, findValue',
  },
  'shared-data-absent-cas': {
    envoy: 'any compare-and-swap number will do for a key that is not there',
    spec: 'CAS_MISMATCH',
    source: 'cpp-host shared_data.cc SharedData::set',
  },
  'counter-record-adds': {
    envoy: 'to record on a counter adds to it',
    spec: 'sets it',
    source: 'envoy context.cc recordMetric',
  },
  'log-before-done': {
    envoy: 'a stream ends with on_log, on_done, on_delete',
    spec: 'on_done, on_log, on_delete',
    source: 'envoy filter_manager.h destroyFilters, after the access log',
  },
  'closed-in-create': {
    envoy:
      'a stream closed in its on_context_create is created once more, ends, and is given its request after that; a connection is not told of its end',
    spec: 'it ends, and hears of nothing more',
    source: 'cpp-host context.cc ContextBase::onCreate; envoy context.cc Context::log, onEvent',
  },
  'stream-done-ignored': {
    envoy: 'a stream is deleted whatever its on_done returns',
    spec: 'false puts on_log and on_delete off until proxy_done',
    source: 'envoy context.cc Context::onDestroy',
  },
  'done-not-awaited': {
    envoy:
      'a VM whose last plugin ends is dropped, also if on_done has asked for time; on_delete never comes',
    spec: 'the VM lives until proxy_done',
    source: 'cpp-host wasm.h ~PluginHandleBase, wasm.cc startShutdown',
  },
  'grpc-service-without-target': {
    envoy: 'a GrpcService that names no upstream (also an empty name) ends the proxy',
    spec: 'BAD_ARGUMENT',
    source: 'envoy async_client_manager_impl.cc factoryForGrpcService',
  },
  'action-out-of-range': {
    envoy: 'an action that does not exist stops the stream',
    spec: 'undefined',
    source: 'cpp-host context.cc convertVmCallResultTo…Status',
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** The name of a rule. */
export type Quirk = keyof typeof quirks;
