import { manifestCodes } from '../codes.ts';
import { errorAt, placeOf, type Report } from '../finding.ts';
import { at, itemsAt, textAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';
import { targetKindsByName } from './selectors.ts';

/** Every filter of a chain can travel by the binding's delivery, module and configuration. */
export const checkDeliveries: Check = ({ root }, report) => {
  const filters = new Map<string, Located>();
  for (const filter of itemsAt(root, 'filters')) {
    const name = textAt(filter, 'name');
    if (name !== undefined && !filters.has(name)) filters.set(name, filter);
  }
  const kinds = targetKindsByName(root);
  for (const binding of itemsAt(root, 'bindings')) {
    const delivery = at(binding, 'delivery');
    const istio = kinds.get(textAt(binding, 'target') ?? '') === 'istio';
    if (istio && delivery?.value === 'http') checkServer(delivery, targetOf(binding, root), report);
    for (const item of itemsAt(binding, 'chain')) {
      const name = typeof item.value === 'string' ? item.value : '';
      const filter = filters.get(name);
      if (filter === undefined) continue;
      const use: Use = { name, item, filter, delivery };
      checkModule(use, report);
      if (istio) checkConfig(use, report);
    }
  }
};

function targetOf(binding: Located, root: Located): Located | undefined {
  const name = textAt(binding, 'target');
  return itemsAt(root, 'targets').find((target) => textAt(target, 'name') === name);
}

/** `http` is from somewhere, and only the target knows what its proxies reach. */
function checkServer(delivery: Located, target: Located | undefined, report: Report): void {
  if (target === undefined || at(target, 'istio', 'moduleServer') !== undefined) return;
  const summary = `nothing can be delivered by http: the target has no module server (${placeOf(target)})`;
  const help =
    'keep `wasmcast serve` up where its proxies reach it, and write `istio: {moduleServer: http://host:port}`';
  report(errorAt(delivery, manifestCodes.wrongDelivery, summary, help));
}

/** A filter in the chain of a binding. */
interface Use {
  readonly name: string;
  readonly item: Located;
  readonly filter: Located;
  readonly delivery: Located | undefined;
}

function checkModule({ name, item, filter, delivery }: Use, report: Report): void {
  const module = at(filter, 'module');
  const image = at(module, 'image') !== undefined;
  const local = ['file', 'source'].find((key) => at(module, key) !== undefined);
  if (image && local !== undefined) return;
  if (delivery?.value === 'image' && local !== undefined) {
    const summary = `the filter \`${name}\` cannot be delivered as an image: its module is a ${local} (${placeOf(filter)})`;
    const help = 'push it with `wasmcast push` and write `module: {image: …}`, or use `delivery: configmap`';
    report(errorAt(item, manifestCodes.wrongDelivery, summary, help));
  }
  if ((delivery?.value === 'configmap' || delivery?.value === 'http') && image) {
    const way = delivery.value === 'http' ? 'from a module server' : 'by ConfigMap';
    const summary = `the filter \`${name}\` cannot be delivered ${way}: its module is an image (${placeOf(filter)})`;
    const help = 'use `delivery: image`, or `wasmcast pull` the module and write `module: {file: …}`';
    report(errorAt(item, manifestCodes.wrongDelivery, summary, help));
  }
}

/** WasmPlugin and TrafficExtension carry a configuration as a Struct: an object, and an empty one arrives as nothing. */
function checkConfig({ name, item, filter, delivery }: Use, report: Report): void {
  const module = at(filter, 'module');
  const how = delivery === undefined ? 'auto' : delivery.value;
  const asImage = how === 'image' || how === 'http' || (how === 'auto' && at(module, 'image') !== undefined);
  const config = at(filter, 'config');
  if (!asImage || config === undefined) return;
  if (typeof config.value === 'string') {
    const summary = `the filter \`${name}\` has a text as configuration (${placeOf(config)}), and what is fetched has only objects`;
    const help =
      'make it a mapping, or deliver the module as a file with `delivery: configmap`, which carries text';
    report(errorAt(item, manifestCodes.configNotCarried, summary, help));
  } else if (config.members?.size === 0) {
    const summary = `the configuration \`{}\` of the filter \`${name}\` (${placeOf(config)}) would arrive as nothing`;
    const help =
      'leave `config` out if the filter takes none, give it a key, or deliver the module as a file with `delivery: configmap`';
    report(errorAt(item, manifestCodes.configNotCarried, summary, help));
  }
}
