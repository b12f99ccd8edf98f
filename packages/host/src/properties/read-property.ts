import { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';
import type { PropertyResult, PropertySource } from './property-source.ts';
import { serializeProperty } from './property-value.ts';

/**
 * Finds a property by its path, whose parts are separated by NUL (a dot is part of a name), and serializes it
 * (envoy context.cc Context::getProperty).
 */
export function readProperty(vm: Vm, source: PropertySource | undefined, path: string): Uint8Array | Status {
  // An empty path finds nothing that could be serialized.
  if (path === '') return Status.SerializationFailure;
  // A NUL at the end ends the last part; it does not begin another.
  const parts = (path.endsWith('\0') ? path.slice(0, -1) : path).split('\0');
  const found = pluginProperty(vm, parts) ?? source?.property(parts) ?? vm.ports.properties?.(parts);
  if (found === undefined) return Status.NotFound;
  return typeof found === 'number' ? found : serializeProperty(found);
}

function pluginProperty(vm: Vm, parts: readonly string[]): PropertyResult {
  const value = {
    plugin_name: vm.settings.name,
    plugin_root_id: vm.settings.rootId,
    plugin_vm_id: vm.settings.vmId,
  }[parts[0] as 'plugin_name'];
  if (value === undefined) return undefined;
  return parts.length === 1
    ? { kind: 'string', value: Buffer.from(value).toString('latin1') }
    : Status.NotFound;
}
