import type { SignatureRule } from '../model/fleet.ts';
import { isWithin } from '../plan/mirrors.ts';

/** The rule that counts for a repository (`registry/path`): the longest one that it is within. Undefined: none. */
export function ruleFor(repository: string, rules: readonly SignatureRule[]): SignatureRule | undefined {
  const [best] = rules
    .filter((rule) => rule.repository === '*' || isWithin(repository, rule.repository))
    .toSorted((a, b) => reach(b) - reach(a));
  return best;
}

/** `*` is shorter than any name. */
function reach({ repository }: SignatureRule): number {
  return repository === '*' ? 0 : repository.length;
}
