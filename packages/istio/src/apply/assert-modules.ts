import { WasmcastError } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { Volume } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import type { TemplateState } from '../compile/steps.ts';
import { fleetLabel } from '../names.ts';

/** Names of the ConfigMaps with modules that pods of this template mount. */
export function mountedModules({ volume }: Pick<TemplateState, 'volume'>): readonly string[] {
  const { projected } = (volume ?? {}) as unknown as Partial<Volume>;
  return (projected?.sources ?? []).flatMap((source) => source.configMap?.name ?? []);
}

/**
 * A pod that mounts a ConfigMap which is not there never starts, so a template never names one that went since the plan
 * was made. Throws `WC-IST-026`.
 */
export async function assertModules(
  client: KubeClient,
  template: TemplateState,
  signal: AbortSignal,
): Promise<void> {
  const names = mountedModules(template);
  if (names.length === 0) return;
  const { namespace, kind, name } = template.workload;
  const labelSelector = `${fleetLabel}=${template.fleet}`;
  const { items } = await client.list(
    kinds.ConfigMap,
    { namespace, labelSelector, metadataOnly: true },
    signal,
  );
  const there = new Set(items.map((item) => item.metadata.name));
  const gone = names.find((each) => !there.has(each));
  if (gone === undefined) return;
  throw new WasmcastError(
    codes.worldMoved,
    `ConfigMap ${namespace}/${gone}, which the pods of ${kind} ${name} are to mount, is not there`,
    { help: 'make a new plan' },
  );
}
