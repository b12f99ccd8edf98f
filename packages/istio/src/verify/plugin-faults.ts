import {
  configurationText,
  type DesiredFilter,
  isArray,
  isFetched,
  jsonEquals,
  type JsonValue,
} from '@wasmcast/core';
import { failurePolicies } from '../compile/envoy-filter.ts';
import { effectiveVmId } from '../filter-meta.ts';
import { moduleFile } from '../names.ts';
import type { PluginConfig } from './dump.ts';
import { describeMount } from './mounts.ts';
import type { Reading } from './reading.ts';

/** Of `<sha256>.wasm`. */
const fileNameLength = 69;

/** The agent names the file by the digest of the image's manifest; before Istio 1.14 by that of the module. */
export function imageDigestFault(plugin: PluginConfig, filter: DesiredFilter): string | undefined {
  const file = plugin.vm_config?.code?.local?.filename ?? '';
  const found = /^([0-9a-f]{64})\.wasm$/.exec(file.slice(-fileNameLength))?.[1];
  if (found === filter.image?.digest || found === filter.moduleDigest) return undefined;
  return found === undefined
    ? `the proxy has no fetched image (${file || 'no file'})`
    : `image sha256:${found}`;
}

/** The module must be the file that the pod mounts, and its bytes those of its name. */
export function mountedDigestFault(
  reading: Reading,
  plugin: PluginConfig,
  filter: DesiredFilter,
): string | undefined {
  const file = plugin.vm_config?.code?.local?.filename ?? '';
  const expected = moduleFile(filter.moduleDigest);
  if (file === '') return 'its module is not a file: Envoy fetches it by itself';
  if (!file.endsWith(`/${expected}`)) return `module ${file}`;
  const mount = describeMount(reading.mounts, reading.fleet, filter.moduleDigest);
  if (mount.path !== file)
    return `the pod does not mount the module at ${file}: ${mount.fault ?? 'it is elsewhere'}`;
  return reading.falseModules.get(filter.moduleDigest);
}

/** What differs between the plugin in Envoy and what is wanted; the configuration itself is never quoted. */
export function settingFault(plugin: PluginConfig, filter: DesiredFilter): string | undefined {
  const image = isFetched(filter);
  if ((plugin.root_id ?? '') !== filter.rootId) return `root id ${JSON.stringify(plugin.root_id ?? '')}`;
  if (!sameConfiguration(plugin.configuration?.value ?? '', filter)) return 'another configuration';
  const policy = plugin.failure_policy ?? (plugin.fail_open === true ? 'FAIL_OPEN' : 'FAIL_CLOSED');
  const wanted = failurePolicies[filter.onFailure];
  if (policy !== wanted && !(policy === 'UNSPECIFIED' && wanted === 'FAIL_CLOSED'))
    return `failure policy ${policy}`;
  const env = plugin.vm_config?.environment_variables?.key_values ?? {};
  const own = Object.fromEntries(
    Object.entries(env).filter(([key]) => !image || !key.startsWith('ISTIO_META')),
  );
  if (!jsonEquals(own, { ...filter.env })) return 'other environment variables';
  if (image) return undefined;
  const vmId = plugin.vm_config?.vm_id ?? '';
  if (vmId !== effectiveVmId(filter)) return `vm id ${JSON.stringify(vmId)}`;
  const precompiled = plugin.vm_config?.allow_precompiled === true;
  return precompiled === filter.allowPrecompiled ? undefined : `allow_precompiled ${precompiled}`;
}

/** Istio writes a WasmPlugin's configuration anew, so objects are compared as what they say. */
function sameConfiguration(found: string, filter: DesiredFilter): boolean {
  const wanted = configurationText(filter.config);
  if (found === wanted) return true;
  if (filter.config.kind !== 'json') return false;
  try {
    const value = JSON.parse(found) as JsonValue;
    return value !== null && !isArray(value) && jsonEquals(value, filter.config.value);
  } catch {
    return false;
  }
}
