import { manifestCodes } from '../codes.ts';
import { errorAt } from '../finding.ts';
import { at, itemsAt } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** A query needs a bound to be held against: without one it would always pass. */
export const checkGates: Check = ({ root }, report) => {
  const rollout = at(root, 'rollout');
  if (rollout === undefined) return;
  for (const gate of itemsAt(rollout, 'gates')) {
    const query = at(gate, 'prometheus');
    if (query?.members === undefined || query.members.has('min') || query.members.has('max')) continue;
    const summary = 'a query without `min` and `max` would always pass';
    report(errorAt(query, manifestCodes.missingKey, summary, 'add `min`, `max` or both'));
  }
};
