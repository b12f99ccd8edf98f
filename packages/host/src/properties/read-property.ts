import { Status } from '../abi/status.ts';
import type { RootContext } from '../context/root-context.ts';
import { surroundingProperty, type PropertyResult, type PropertySource } from './property-source.ts';
import { serializeProperty } from './property-value.ts';

/**
 * Serializes what is found under a path, whose parts are separated by NUL; a dot is part of a name
 * (envoy context.cc Context::getProperty).
 */
export function readProperty(source: PropertySource, path: string): Uint8Array | Status {
  // An empty path finds nothing that could be serialized.
  if (path === '') return Status.SerializationFailure;
  // A NUL at the end ends the last part; it does not begin another.
  const parts = (path.endsWith('\0') ? path.slice(0, -1) : path).split('\0');
  const found = source.property(parts);
  if (found === undefined) return Status.NotFound;
  return typeof found === 'number' ? found : serializeProperty(found);
}

/** What a plugin finds: its own names, what its stream or connection knows (`own`), what the surroundings know. */
export function pluginProperty(
  root: RootContext,
  parts: readonly string[],
  own?: () => PropertyResult,
): PropertyResult {
  return (
    nameProperty(root, parts) ??
    own?.() ??
    surroundingProperty(root.ports.properties, parts) ??
    objectProperty(own !== undefined, parts)
  );
}

function nameProperty({ settings }: RootContext, parts: readonly string[]): PropertyResult {
  const value = {
    plugin_name: settings.name,
    plugin_root_id: settings.rootId,
    plugin_vm_id: settings.vmId,
  }[parts[0] as 'plugin_name'];
  if (value === undefined) return undefined;
  return parts.length === 1
    ? { kind: 'string', value: Buffer.from(value).toString('latin1') }
    : Status.NotFound;
}

/** What Envoy always has for a stream or connection, whatever it knows of it. */
const objects: ReadonlySet<string> = new Set(
  'connection upstream source destination xds filter_state upstream_filter_state'.split(' '),
);

/** A whole object is a map that Envoy cannot serialize. */
function objectProperty(inStream: boolean, parts: readonly string[]): PropertyResult {
  const [top, second] = parts;
  if (second !== undefined || !objects.has(top as string)) return undefined;
  return inStream || top === 'xds' ? Status.SerializationFailure : undefined;
}
