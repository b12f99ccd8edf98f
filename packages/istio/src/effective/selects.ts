import { isObject, list, object as partOf, text } from '../json-parts.ts';
import { rootNamespace } from '../native.ts';
import type { Source } from './sources.ts';

/** What a proxy is selected by. */
export interface Selected {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A gateway that Istio made for a Gateway carries its name. */
const gatewayLabel = 'gateway.networking.k8s.io/gateway-name';

/** True if an object selects the proxy: by its namespace, and by its labels or by the Gateway that it names. */
export function selectsProxy({ object }: Source, { namespace, labels }: Selected): boolean {
  const { metadata, spec = {} } = object;
  if (metadata.namespace !== namespace && metadata.namespace !== rootNamespace) return false;
  const targets = [...list(spec['targetRefs']), ...(isObject(spec['targetRef']) ? [spec['targetRef']] : [])];
  if (targets.length > 0) {
    return targets
      .filter(isObject)
      .some((target) => text(target['kind']) === 'Gateway' && target['name'] === labels[gatewayLabel]);
  }
  const selector = partOf(partOf(spec, 'workloadSelector'), 'labels');
  const wanted = { ...selector, ...partOf(partOf(spec, 'selector'), 'matchLabels') };
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
