import { type Diagnostic, type Step, workloadAddress } from '@wasmcast/core';
import { codes, remark } from '../compile/fault.ts';
import { objectState, templateState } from '../compile/steps.ts';
import { mountsLabel, userVolume, userVolumeMount } from '../names.ts';
import type { Native, NativeWorkload } from '../native.ts';
import { ignoreRule } from './ignore-rule.ts';
import { type Keeper, keeperName, keeperOf, keptAnnotations } from './keeper.ts';

const namedAtMost = 3;

/** What a plan writes that somebody else keeps as a repository or a chart says: who, which field, and what to do there. */
export function keeperRemarks(fleet: string, steps: readonly Step[], native: Native): readonly Diagnostic[] {
  return [
    ...templateRemarks(fleet, steps, native),
    ...objectRemarks(steps, native),
    ...namespaceRemarks(steps, native),
  ];
}

function templateRemarks(fleet: string, steps: readonly Step[], native: Native): readonly Diagnostic[] {
  const patched = steps.filter((step) => (templateState(step.after)?.volume ?? null) !== null);
  const workloads = patched.flatMap((step) => native.workloads.get(step.workload ?? '') ?? []);
  return byKeeper(workloads, ({ object }) => keeperOf(object.metadata)).map(({ keeper, list }) => {
    const own = list.filter(({ object }) => written(object.metadata).length > 0);
    const { where, lines } = ignoreRule(
      keeper.tool,
      fleet,
      [...new Set(list.map(({ id }) => id.kind))].toSorted(),
    );
    const fields = `spec.template.metadata: annotations ${userVolume} and ${userVolumeMount}, label ${mountsLabel(fleet)}`;
    const kept = [...new Set(own.flatMap(({ object }) => written(object.metadata)))].join(' and ');
    const summary =
      own.length === 0
        ? `${keeperName(keeper)} keeps ${names(list.map(nameOf))}: replacing the object, or taking drift back, unmounts the modules (${fields})`
        : `${keeperName(keeper)} has ${kept} of ${names(own.map(nameOf))} in its own manifests: its next sync unmounts the modules (${fields})`;
    const help =
      own.length === 0
        ? where
        : `put the entries that \`wasmcast render\` prints into those manifests; else ${where}`;
    return {
      ...remark(codes.templateKept, subjectOf(list), summary, help),
      ...(lines.length > 0 && { detail: lines }),
    };
  });
}

function written(metadata: NativeWorkload['object']['metadata']): readonly string[] {
  return keptAnnotations(metadata, [userVolume, userVolumeMount]);
}

/** Objects of ours that were rendered, and are applied by somebody else. */
function objectRemarks(steps: readonly Step[], native: Native): readonly Diagnostic[] {
  const changed = steps.flatMap((step) => {
    if (step.before === null || templateState(step.before) !== undefined) return [];
    const state = objectState(step.before);
    const found = native.owned.byName.get(
      `${state?.kind ?? ''} ${state?.metadata.namespace ?? ''} ${state?.metadata.name ?? ''}`,
    );
    return found === undefined ? [] : [found.owned];
  });
  return byKeeper(changed, ({ object }) => keeperOf(object.metadata)).map(({ keeper, list }) => {
    const shown = list.map(
      ({ kind, object: { metadata } }) => `${kind.kind} ${metadata.namespace ?? ''}/${metadata.name}`,
    );
    return remark(
      codes.objectKept,
      shown[0] ?? '',
      `${keeperName(keeper)} keeps ${names(shown)}: what is written there it writes back`,
      'change it in the repository, with what `wasmcast render` prints, or take it out of there first',
    );
  });
}

function namespaceRemarks(steps: readonly Step[], native: Native): readonly Diagnostic[] {
  const created = steps.filter((step) => step.before === null && templateState(step.after) === undefined);
  const namespaces = [
    ...new Set(created.flatMap((step) => objectState(step.after)?.metadata.namespace ?? [])),
  ];
  const kept = byKeeper(namespaces.toSorted(), (name) =>
    keeperOf({ name, labels: native.namespaces.get(name) ?? {} }),
  );
  return kept.map(({ keeper, list }): Diagnostic => ({
    severity: 'info',
    code: codes.namespaceKept,
    subject: `namespace ${list[0] ?? ''}`,
    summary: `${keeperName(keeper)} keeps ${list.length === 1 ? 'namespace' : 'namespaces'} ${names(list)}: our objects there are none of its own; it prunes them only with the namespace, and may report them as orphaned`,
  }));
}

function byKeeper<T>(
  things: readonly T[],
  of: (thing: T) => Keeper | undefined,
): readonly { readonly keeper: Keeper; readonly list: readonly T[] }[] {
  const groups = new Map<string, { readonly keeper: Keeper; readonly list: T[] }>();
  for (const thing of things) {
    const keeper = of(thing);
    if (keeper === undefined) continue;
    const key = keeperName(keeper);
    const group = groups.get(key) ?? { keeper, list: [] };
    group.list.push(thing);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function nameOf({ id }: NativeWorkload): string {
  return `${id.namespace}/${id.kind}/${id.name}`;
}

function subjectOf(list: readonly NativeWorkload[]): string {
  const [first] = list;
  return first === undefined ? '' : workloadAddress(first.id);
}

function names(list: readonly string[]): string {
  const rest = list.length - namedAtMost;
  return rest <= 0 ? list.join(', ') : `${list.slice(0, namedAtMost).join(', ')} and ${rest} more`;
}
