import { mountsLabel, userVolume, userVolumeMount } from '../names.ts';
import type { Keeper } from './keeper.ts';

/** The fields of a pod template that hold what a fleet mounts, as paths of keys. */
export function templateFields(fleet: string): readonly (readonly string[])[] {
  const at = ['spec', 'template', 'metadata'];
  return [
    [...at, 'annotations', userVolume],
    [...at, 'annotations', userVolumeMount],
    [...at, 'labels', mountsLabel(fleet)],
  ];
}

/** What to write where a tool is told what it keeps, so that it leaves these fields of such workloads alone. YAML. */
export function ignoreRule(
  tool: Keeper['tool'],
  fleet: string,
  kinds: readonly string[],
): { readonly where: string; readonly lines: readonly string[] } {
  const fields = templateFields(fleet);
  switch (tool) {
    case 'Argo CD':
      return {
        where: 'add this to the Application, or to the template of its ApplicationSet',
        lines: [
          'spec:',
          '  ignoreDifferences:',
          ...kinds.flatMap((kind) => [
            '  - group: apps',
            `    kind: ${kind}`,
            '    jqPathExpressions:',
            ...fields.map((path) => `    - '${jqPath(path)}'`),
          ]),
          '  syncPolicy:',
          '    syncOptions:',
          '    - RespectIgnoreDifferences=true',
        ],
      };
    case 'Flux':
      return {
        where: 'add this to the workloads in the repository: what others have added is kept then',
        lines: ['metadata:', '  annotations:', '    kustomize.toolkit.fluxcd.io/ssa: Merge'],
      };
    case 'Flux (Helm)':
      return {
        where: 'add this to the HelmRelease',
        lines: [
          'spec:',
          '  driftDetection:',
          '    ignore:',
          ...kinds.flatMap((kind) => [
            '    - target:',
            `        kind: ${kind}`,
            '      paths:',
            ...fields.map((path) => `      - '${jsonPointer(path)}'`),
          ]),
        ],
      };
    case 'Helm':
      return {
        where:
          'helm cannot be told to ignore fields: do not upgrade with --force, or put the patch that `wasmcast render` prints into the chart',
        lines: [],
      };
  }
}

function jqPath(path: readonly string[]): string {
  return path.map((key) => (/^\w+$/.test(key) ? `.${key}` : `["${key}"]`)).join('');
}

/** RFC 6901. */
function jsonPointer(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
