import { manifestLimits } from '../limits.ts';
import type { Merged } from '../merge.ts';
import { nearest } from '../suggest.ts';
import { at, itemsAt, textAt } from '../yaml/located.ts';

/** Names compared for one guess; with more of them a guess is luck, and costs their product with the words. */
const maxCandidates = 500;

/** The names of one list of the manifest, to look references up in. */
export interface KnownNames {
  /** True also when the list cannot be read: then nothing may be called unknown. */
  has(name: string): boolean;
  /** The name that was meant, if one is like it. */
  guess(name: string): string | undefined;
  /** What to write instead of a name that is not there. */
  help(name: string): string;
}

/** The names of the filters or targets of a manifest. */
export function knownNames({ root, complete }: Merged, list: 'filters' | 'targets'): KnownNames {
  const node = at(root, list);
  const found = itemsAt(root, list).map((entry) => textAt(entry, 'name'));
  const names = new Set(found.filter((name) => name !== undefined));
  // An entry whose name cannot be read may be the one that is meant.
  const readable = complete && (node === undefined || node.items !== undefined) && !found.includes(undefined);
  const candidates = [...names].slice(0, maxCandidates);
  const guesses = new Map<string, string | undefined>();
  const guess = (name: string): string | undefined => {
    if (!guesses.has(name)) {
      if (guesses.size >= manifestLimits.findings) return undefined;
      guesses.set(name, nearest(name, candidates));
    }
    return guesses.get(name);
  };
  return {
    has: (name) => !readable || names.has(name),
    guess,
    help: (name) => {
      const near = guess(name);
      if (near !== undefined) return `did you mean \`${near}\`?`;
      if (names.size === 0) return `define it under \`${list}\``;
      const listed = candidates.slice(0, 10).map((candidate) => `\`${candidate}\``);
      return `the ${list} are ${listed.join(', ')}${names.size > listed.length ? ', …' : ''}`;
    },
  };
}
