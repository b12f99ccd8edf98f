import { manifestCodes } from '../codes.ts';
import { errorAt, placeOf, warningAt, type Report } from '../finding.ts';
import { didYouMean, nearest } from '../suggest.ts';
import { at, itemsAt, textAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** Bindings name filters and targets that exist, every filter at most once; what nobody names gets a remark. */
export const checkReferences: Check = ({ root, complete }, report) => {
  const bindings = itemsAt(root, 'bindings');
  const filters = names(root, 'filters');
  const targets = names(root, 'targets');
  for (const binding of bindings) {
    checkChain(itemsAt(binding, 'chain'), filters, report);
    checkTarget(at(binding, 'target'), targets, report);
  }
  if (!complete) return;
  if (
    at(root, 'bindings') === undefined ||
    (bindings.length === 0 && at(root, 'bindings')?.items !== undefined)
  ) {
    const summary =
      'the fleet has no bindings: nothing is delivered, and what an earlier one delivered is removed';
    report(
      warningAt(at(root, 'metadata', 'name') ?? root, manifestCodes.noBindings, summary, 'add `bindings`'),
    );
    return;
  }
  // What cannot be read may use anything.
  const chains = bindings.map((b) => at(b, 'chain'));
  const items = chains.flatMap((chain): readonly (Located | undefined)[] => chain?.items ?? [undefined]);
  const chained = meant(
    items.map((item) => textAt(item)),
    filters,
  );
  if (chains.every((chain) => chain?.items !== undefined) && !chained.has(undefined)) {
    unused(root, 'filters', chained, (name) => `no chain uses the filter \`${name}\``, report);
  }
  const bound = meant(
    bindings.map((b) => textAt(b, 'target')),
    targets,
  );
  if (!bound.has(undefined)) {
    unused(root, 'targets', bound, (name) => `no binding uses the target \`${name}\``, report);
  }
};

/** Undefined when the list cannot be read: then no name is unknown. */
function names(root: Located, list: 'filters' | 'targets'): ReadonlySet<string> | undefined {
  const node = at(root, list);
  if (node !== undefined && node.items === undefined) return undefined;
  const found = itemsAt(root, list).map((entry) => textAt(entry, 'name'));
  // An entry whose name cannot be read may be the one that is meant.
  return found.includes(undefined) ? undefined : new Set(found.filter((name) => name !== undefined));
}

function checkChain(
  chain: readonly Located[],
  filters: ReadonlySet<string> | undefined,
  report: Report,
): void {
  const seen = new Map<string, Located>();
  for (const item of chain) {
    if (typeof item.value !== 'string') continue;
    const name = item.value;
    const first = seen.get(name);
    if (first !== undefined) {
      const help = `a chain runs a filter once; it stands first at ${placeOf(first)}`;
      report(
        errorAt(item, manifestCodes.repeatedFilter, `the filter \`${name}\` is twice in this chain`, help),
      );
      continue;
    }
    seen.set(name, item);
    if (filters === undefined || filters.has(name)) continue;
    const help = didYouMean(name, filters) ?? defined('filters', filters);
    report(errorAt(item, manifestCodes.unknownFilter, `no filter is named \`${name}\``, help));
  }
}

function checkTarget(
  node: Located | undefined,
  targets: ReadonlySet<string> | undefined,
  report: Report,
): void {
  if (node === undefined || typeof node.value !== 'string') return;
  if (targets === undefined || targets.has(node.value)) return;
  const help = didYouMean(node.value, targets) ?? defined('targets', targets);
  report(errorAt(node, manifestCodes.unknownTarget, `no target is named \`${node.value}\``, help));
}

function defined(what: string, known: ReadonlySet<string>): string {
  if (known.size === 0) return `define it under \`${what}\``;
  const listed = [...known].slice(0, 10).map((name) => `\`${name}\``);
  return `the ${what} are ${listed.join(', ')}${known.size > listed.length ? ', …' : ''}`;
}

/** The names that are used; a misspelt one uses the one that is like it, or one fault would be reported twice. */
function meant(
  written: readonly (string | undefined)[],
  known: ReadonlySet<string> | undefined,
): ReadonlySet<string | undefined> {
  return new Set(
    written.map((name) =>
      name === undefined || known === undefined || known.has(name) ? name : (nearest(name, known) ?? name),
    ),
  );
}

function unused(
  root: Located,
  list: 'filters' | 'targets',
  used: ReadonlySet<unknown>,
  say: (name: string) => string,
  report: Report,
): void {
  const code = list === 'filters' ? manifestCodes.unusedFilter : manifestCodes.unusedTarget;
  for (const entry of itemsAt(root, list)) {
    const node = at(entry, 'name');
    if (node === undefined || typeof node.value !== 'string' || used.has(node.value)) continue;
    report(warningAt(node, code, say(node.value), 'bind it or remove it'));
  }
}
