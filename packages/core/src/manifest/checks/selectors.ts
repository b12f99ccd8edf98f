import { manifestCodes } from '../codes.ts';
import { errorAt, errorAtKey, type Report } from '../finding.ts';
import { at, itemsAt, textAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** A selector is narrowed, and names a kind that its target has. */
export const checkSelectors: Check = ({ root }, report) => {
  const kinds = targetKindsByName(root);
  for (const binding of itemsAt(root, 'bindings')) {
    const select = at(binding, 'select');
    if (select?.members === undefined) continue;
    checkNarrowed(select, report);
    const target = textAt(binding, 'target');
    checkKind(at(select, 'kind'), target, kinds.get(target ?? ''), report);
  }
};

/** Which kind each target is of, as far as that is clear. */
export function targetKindsByName(root: Located): ReadonlyMap<string, 'local' | 'istio'> {
  const kinds = new Map<string, 'local' | 'istio'>();
  for (const target of itemsAt(root, 'targets')) {
    const name = textAt(target, 'name');
    const local = at(target, 'local') !== undefined;
    const istio = at(target, 'istio') !== undefined;
    if (name !== undefined && local !== istio && !kinds.has(name)) kinds.set(name, local ? 'local' : 'istio');
  }
  return kinds;
}

function checkNarrowed(select: Located, report: Report): void {
  const labels = at(select, 'labels');
  const all = at(select, 'all');
  const narrowing = at(select, 'name') ?? ((labels?.members?.size ?? 0) > 0 ? labels : undefined);
  if (all !== undefined && narrowing !== undefined) {
    const summary = '`all` means every workload of the namespace, and the selector is narrowed';
    report(errorAtKey(all, manifestCodes.emptySelector, summary, 'keep one of the two'));
  }
  if (all !== undefined || narrowing !== undefined) return;
  // Labels of a wrong type have had their fault.
  if (labels !== undefined && labels.members === undefined) return;
  const summary = 'the selector means every workload of the namespace';
  const help =
    'narrow it by `name` or `labels`, e.g. `labels: {app: frontpage}`, or write `all: true` if that is meant';
  report(errorAt(select, manifestCodes.emptySelector, summary, help));
}

function checkKind(
  node: Located | undefined,
  target: string | undefined,
  kind: 'local' | 'istio' | undefined,
  report: Report,
): void {
  if (node === undefined || kind === undefined || typeof node.value !== 'string') return;
  const local = node.value === 'LocalService';
  const known = ['Deployment', 'StatefulSet', 'DaemonSet'].includes(node.value);
  if ((local && kind === 'local') || (!local && (kind === 'istio' || !known))) return;
  const summary = `the target \`${target}\` (${kind}) has no workloads of kind ${node.value}`;
  const help =
    kind === 'local'
      ? 'write LocalService, or leave `kind` out'
      : 'write Deployment, StatefulSet or DaemonSet, or leave `kind` out';
  report(errorAt(node, manifestCodes.wrongKind, summary, help));
}
