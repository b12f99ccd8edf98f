import { manifestCodes } from '../codes.ts';
import { errorAt, placeOf, type Report } from '../finding.ts';
import { at, itemsAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** Names are unique among filters, targets, bindings and gates. */
export const checkNames: Check = ({ root }, report) => {
  unique(itemsAt(root, 'filters'), 'filter', report);
  unique(itemsAt(root, 'targets'), 'target', report);
  unique(itemsAt(root, 'bindings'), 'binding', report);
  const rollout = at(root, 'rollout');
  if (rollout !== undefined) unique(itemsAt(rollout, 'gates'), 'gate', report);
};

function unique(entries: readonly Located[], what: string, report: Report): void {
  const seen = new Map<string, Located>();
  for (const entry of entries) {
    const node = at(entry, 'name');
    if (node === undefined || typeof node.value !== 'string') continue;
    const first = seen.get(node.value);
    if (first === undefined) {
      seen.set(node.value, node);
      continue;
    }
    const summary = `there are two ${what}s \`${node.value}\``;
    const help = `rename or remove one of them; the first stands at ${placeOf(first)}`;
    report(errorAt(node, manifestCodes.duplicateName, summary, help));
  }
}
