import type { Meta } from '../api/objects.ts';
import { owns } from '../owners/writers.ts';

/** What keeps an object as some repository or chart says. */
export interface Keeper {
  readonly tool: 'Argo CD' | 'Flux' | 'Flux (Helm)' | 'Helm';
  /** Of the application, Kustomization or release; undefined: only its writes show that it is there. */
  readonly name: string | undefined;
}

/** Who writes as what, where no label says it. The names are those of the tools' field managers. */
const managers: Readonly<Record<string, Keeper['tool']>> = {
  'argocd-controller': 'Argo CD',
  'argocd-application-controller': 'Argo CD',
  'kustomize-controller': 'Flux',
  'helm-controller': 'Flux (Helm)',
  helm: 'Helm',
};

/**
 * Who keeps an object: by the marks that the tools leave on what they apply, else by who wrote its fields. Helm's own come
 * last, for Argo CD and Flux install charts too.
 */
export function keeperOf({ labels = {}, annotations = {}, managedFields = [] }: Meta): Keeper | undefined {
  // `<application>:<group>/<kind>:<namespace>/<name>`
  const tracked = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0];
  const application = tracked ?? labels['argocd.argoproj.io/instance'];
  if (application !== undefined) return { tool: 'Argo CD', name: application };
  for (const [prefix, tool] of [
    ['helm.toolkit.fluxcd.io', 'Flux (Helm)'],
    ['kustomize.toolkit.fluxcd.io', 'Flux'],
  ] as const) {
    const name = labels[`${prefix}/name`];
    if (name === undefined) continue;
    const namespace = labels[`${prefix}/namespace`];
    return { tool, name: namespace === undefined ? name : `${namespace}/${name}` };
  }
  const tools = managedFields.flatMap(({ manager }) => managers[manager ?? ''] ?? []);
  const tool = tools.find((each) => each !== 'Helm');
  // The label that Argo CD marks by where it is not told otherwise; Helm's charts have it too.
  if (tool !== undefined) return { tool, name: labels['app.kubernetes.io/instance'] };
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return { tool: 'Helm', name: release };
  return tools.includes('Helm') ? { tool: 'Helm', name: labels['app.kubernetes.io/instance'] } : undefined;
}

/** Of these annotations of a pod template, those that a tool has in its own manifests: its next sync writes them back. */
export function keptAnnotations(metadata: Meta, names: readonly string[]): readonly string[] {
  const theirs = (metadata.managedFields ?? []).filter(({ manager = '' }) => managers[manager] !== undefined);
  return names.filter((name) =>
    theirs.some(({ fieldsV1 }) => owns(fieldsV1, ['spec', 'template', 'metadata', 'annotations', name])),
  );
}

/** `Argo CD (application shop)`. */
export function keeperName({ tool, name }: Keeper): string {
  if (name === undefined) return tool;
  switch (tool) {
    case 'Argo CD':
      return `${tool} (application ${name})`;
    case 'Flux':
      return `${tool} (Kustomization ${name})`;
    case 'Flux (Helm)':
      return `Flux (HelmRelease ${name})`;
    case 'Helm':
      return `${tool} (release ${name})`;
  }
}
