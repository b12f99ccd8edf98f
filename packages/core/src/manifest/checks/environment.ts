import { manifestCodes } from '../codes.ts';
import { errorAtKey } from '../finding.ts';
import { quote } from '../schema/describe.ts';
import { itemsAt, membersAt } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** Istio passes its own orders to the agent as VM variables of this prefix and takes them out again. */
const reserved = 'ISTIO_META_';

/** Environment variables can be set, and are not those that Istio keeps for itself. */
export const checkEnvironment: Check = ({ root }, report) => {
  for (const filter of itemsAt(root, 'filters')) {
    for (const [key, node] of membersAt(filter, 'vm', 'env')) {
      if (key.startsWith(reserved)) {
        const summary = `the variable \`${key}\` belongs to Istio`;
        report(errorAtKey(node, manifestCodes.reservedEnv, summary, `use a name without \`${reserved}\``));
        // oxlint-disable-next-line no-control-regex
      } else if (key === '' || /[=\u0000]/.test(key)) {
        const summary = `${quote(key)} cannot be the name of a variable`;
        report(errorAtKey(node, manifestCodes.badForm, summary, 'use a name without `=`'));
      }
    }
  }
};
