import { manifestCodes } from '../codes.ts';
import { warningAt, type Report } from '../finding.ts';
import { isSecretKey, isSecretText } from '../secret-shapes.ts';
import { at, itemsAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** Remarks on values of configurations and variables that look like secrets. They are never quoted. */
export const checkSecrets: Check = ({ root }, report) => {
  for (const filter of itemsAt(root, 'filters')) {
    const config = at(filter, 'config');
    if (config !== undefined) walk('config', config, report);
    const env = at(filter, 'vm', 'env');
    if (env !== undefined) walk('env', env, report);
  }
};

function walk(key: string, node: Located, report: Report): void {
  if (node.members !== undefined) {
    for (const [name, member] of node.members) walk(name, member, report);
  } else if (node.items !== undefined) {
    for (const item of node.items) walk(key, item, report);
  } else if (typeof node.value === 'string' && node.value !== '') {
    if (!isSecretKey(key) && !isSecretText(node.value)) return;
    const summary = `the value of \`${key}\` looks like a secret`;
    const help =
      'a configuration is not secret: whoever may read the object or the proxy can read it in the cluster';
    report(warningAt(node, manifestCodes.looksSecret, summary, help));
  }
}
