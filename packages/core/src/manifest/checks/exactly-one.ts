import { manifestCodes } from '../codes.ts';
import { errorAt, errorAtKey, type Report } from '../finding.ts';
import { moduleKinds } from '../schema/filter-schema.ts';
import { gateKinds } from '../schema/gate-schema.ts';
import { signatureKinds } from '../schema/signature-schema.ts';
import { targetKinds } from '../schema/target-schema.ts';
import { at, itemsAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** A module comes from one place, a target is of one kind, a gate measures one thing. */
export const checkExactlyOne: Check = ({ root }, report) => {
  for (const filter of itemsAt(root, 'filters')) {
    const module = at(filter, 'module');
    if (module?.members === undefined) continue;
    one(module, 'a module', moduleKinds, report);
    const secret = at(module, 'pullSecret');
    const elsewhere = at(module, 'file') ?? at(module, 'source');
    if (secret !== undefined && elsewhere !== undefined && at(module, 'image') === undefined) {
      const summary = '`pullSecret` is for images; nothing is pulled here';
      report(errorAtKey(secret, manifestCodes.exactlyOne, summary, 'remove it'));
    }
  }
  for (const target of itemsAt(root, 'targets')) {
    if (target.members !== undefined) one(target, 'a target', targetKinds, report);
  }
  for (const rule of itemsAt(root, 'signatures')) {
    if (rule.members !== undefined) one(rule, 'a rule for signatures', signatureKinds, report);
  }
  const rollout = at(root, 'rollout');
  for (const gate of rollout === undefined ? [] : itemsAt(rollout, 'gates')) {
    if (gate.members !== undefined) one(gate, 'a gate', gateKinds, report);
  }
};

function one(node: Located, what: string, keys: readonly string[], report: Report): void {
  const present = keys.filter((key) => at(node, key) !== undefined);
  const listed = keys.map((key) => `\`${key}\``).join(', ');
  const [first, second] = present;
  if (first === undefined) {
    const summary = `${what} needs exactly one of ${listed}`;
    report(errorAt(node, manifestCodes.exactlyOne, summary, `add one of them`));
  } else if (second !== undefined) {
    const summary = `${what} needs exactly one of ${listed}, but has ${present.map((key) => `\`${key}\``).join(' and ')}`;
    report(errorAtKey(at(node, second) ?? node, manifestCodes.exactlyOne, summary, 'keep one of them'));
  }
}
