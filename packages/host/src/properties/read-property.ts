import { Status } from '../abi/status.ts';
import type { RootContext } from '../context/root-context.ts';
import { surroundingProperty, type PropertyResult, type PropertySource } from './property-source.ts';
import { serializeProperty } from './property-value.ts';

/**
 * Finds a property by its path, whose parts are separated by NUL (a dot is part of a name), and serializes it
 * (envoy context.cc Context::getProperty).
 */
export function readProperty(
  root: RootContext,
  source: PropertySource | undefined,
  path: string,
): Uint8Array | Status {
  // An empty path finds nothing that could be serialized.
  if (path === '') return Status.SerializationFailure;
  // A NUL at the end ends the last part; it does not begin another.
  const parts = (path.endsWith('\0') ? path.slice(0, -1) : path).split('\0');
  const found =
    pluginProperty(root, parts) ??
    source?.property(parts) ??
    surroundingProperty(root.ports.properties, parts);
  if (found === undefined) return Status.NotFound;
  return typeof found === 'number' ? found : serializeProperty(found);
}

function pluginProperty({ settings }: RootContext, parts: readonly string[]): PropertyResult {
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
