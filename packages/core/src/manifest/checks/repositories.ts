import { manifestCodes } from '../codes.ts';
import { errorAt, placeOf, type Report } from '../finding.ts';
import { at, itemsAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** Of two rules for one repository nobody could tell which counts; so with two mirrors of one. */
export const checkRepositories: Check = ({ root }, report) => {
  unique(itemsAt(root, 'signatures'), 'repository', 'rules for', report);
  for (const target of itemsAt(root, 'targets')) {
    const istio = at(target, 'istio');
    const mirrors = istio === undefined ? [] : itemsAt(istio, 'mirrors');
    unique(mirrors, 'from', 'mirrors of', report);
    unique(mirrors, 'to', 'mirrors at', report);
  }
};

function unique(entries: readonly Located[], key: string, what: string, report: Report): void {
  const seen = new Map<string, Located>();
  for (const entry of entries) {
    const node = at(entry, key);
    if (node === undefined || typeof node.value !== 'string') continue;
    const first = seen.get(node.value);
    if (first === undefined) seen.set(node.value, node);
    else {
      const summary = `there are two ${what} \`${node.value}\``;
      const help = `keep one of them; the first stands at ${placeOf(first)}`;
      report(errorAt(node, manifestCodes.duplicateName, summary, help));
    }
  }
}
