import { manifestCodes } from '../codes.ts';
import { errorAt, errorAtKey, type Report } from '../finding.ts';
import { quote } from '../schema/describe.ts';
import { itemsAt, membersAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';

const name = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const prefix = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** Labels of selectors and of local services are labels as Kubernetes has them. */
export const checkLabels: Check = ({ root }, report) => {
  for (const binding of itemsAt(root, 'bindings')) labels(membersAt(binding, 'select', 'labels'), report);
  for (const target of itemsAt(root, 'targets')) {
    for (const service of itemsAt(target, 'local', 'services')) labels(membersAt(service, 'labels'), report);
  }
};

function labels(entries: readonly (readonly [string, Located])[], report: Report): void {
  for (const [key, node] of entries) {
    if (!isLabelKey(key)) {
      const help =
        'use at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit, with an optional DNS name and `/` before it';
      report(errorAtKey(node, manifestCodes.badLabel, `${quote(key)} cannot be the key of a label`, help));
    }
    const { value } = node;
    if (typeof value === 'string' && value !== '' && !name.test(value)) {
      const help =
        'use at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit';
      report(errorAt(node, manifestCodes.badLabel, `${quote(value)} cannot be the value of a label`, help));
    }
  }
}

function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0) return name.test(key);
  return slash <= 253 && prefix.test(key.slice(0, slash)) && name.test(key.slice(slash + 1));
}
