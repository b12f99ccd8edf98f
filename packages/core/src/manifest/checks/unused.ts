import { manifestCodes } from '../codes.ts';
import { warningAt, type Report } from '../finding.ts';
import { at, itemsAt, textAt, type Located } from '../yaml/located.ts';
import type { KnownNames } from './known-names.ts';

/** Remarks on filters and targets that no binding names, and on a fleet without bindings. */
export function checkUnused(root: Located, filters: KnownNames, targets: KnownNames, report: Report): void {
  const bindings = at(root, 'bindings');
  if (bindings !== undefined && bindings.items === undefined) return;
  const entries = bindings?.items ?? [];
  if (entries.length === 0) {
    const summary = 'the fleet binds nothing: what it delivered before is removed';
    const name = at(root, 'metadata', 'name') ?? root;
    report(warningAt(name, manifestCodes.noBindings, summary, 'add `bindings`, or use `wasmcast remove`'));
    return;
  }
  const chained = entries.flatMap((binding) => {
    const chain = at(binding, 'chain')?.items;
    return chain === undefined ? [undefined] : chain.map((item) => textAt(item));
  });
  const bound = entries.map((binding) => textAt(binding, 'target'));
  remark(root, 'filters', chained, filters, report);
  remark(root, 'targets', bound, targets, report);
}

function remark(
  root: Located,
  list: 'filters' | 'targets',
  written: readonly (string | undefined)[],
  known: KnownNames,
  report: Report,
): void {
  // What cannot be read may use anything; a misspelt name uses the one that it is like.
  if (written.includes(undefined)) return;
  const names = new Set(written.filter((name) => name !== undefined));
  const used = new Set([...names].map((name) => (known.has(name) ? name : (known.guess(name) ?? name))));
  for (const entry of itemsAt(root, list)) {
    const node = at(entry, 'name');
    if (node === undefined || typeof node.value !== 'string' || used.has(node.value)) continue;
    const [code, summary] =
      list === 'filters'
        ? [manifestCodes.unusedFilter, `no chain uses the filter \`${node.value}\``]
        : [manifestCodes.unusedTarget, `no binding uses the target \`${node.value}\``];
    report(warningAt(node, code, summary, 'bind it or remove it'));
  }
}
