import type { Change, Diagnostic, Step } from '@wasmcast/core';
import { type Kind, kinds } from '../api/kinds.ts';
import type { IstioSettings, Native } from '../native.ts';
import { codes, refuse, remark } from './fault.ts';
import { objectState, templateState } from './steps.ts';

interface Need {
  readonly verb: string;
  readonly kind: Pick<Kind, 'group' | 'resource'>;
  readonly namespace: string;
}

/** `pods/portforward` and `pods/exec`, either of which lets us read a sidecar. */
export const portForward = { group: '', resource: 'pods/portforward' } as const;
export const exec = { group: '', resource: 'pods/exec' } as const;
/** Where alone it stands that a VM died, or that Envoy refused a configuration. */
export const podLog = { group: '', resource: 'pods/log' } as const;

/** Every right that a plan needs, or would do well to have, and that the API server says we do not have, once each. */
export function rightsFaults(
  steps: readonly Step[],
  change: Change,
  native: Native,
  settings: IstioSettings,
): readonly Diagnostic[] {
  const needs = new Map<string, Need>();
  const need = (verb: string, kind: Need['kind'], namespace: string): void => {
    needs.set(`${verb} ${kind.group}/${kind.resource} ${namespace}`, { verb, kind, namespace });
  };
  for (const step of steps) {
    const template = templateState(step.after);
    const object = template === undefined ? objectState(step.after ?? step.before) : undefined;
    if (template !== undefined) {
      need('patch', kindOf(template.workload.kind), template.workload.namespace);
      need('get', kindOf(template.workload.kind), template.workload.namespace);
    } else if (object !== undefined) {
      const verb = step.before === null ? 'create' : step.after === null ? 'delete' : 'patch';
      need(verb, kindOf(object.kind), object.metadata.namespace);
    }
  }
  if (steps.length > 0) {
    for (const verb of ['get', 'create', 'delete']) need(verb, kinds.Lease, settings.stateNamespace);
    for (const verb of ['get', 'list', 'create', 'patch', 'delete'])
      need(verb, kinds.ConfigMap, settings.stateNamespace);
  }
  for (const { workload, filters } of change.chains) {
    // What a pod mounts is proven by the bytes of the ConfigMap.
    if (filters.some((filter) => filter.delivery === 'configmap')) {
      need('get', kinds.ConfigMap, workload.namespace);
    }
  }
  const faults = [...needs.values()]
    .filter(({ verb, kind, namespace }) => !native.rights.may(verb, kind, namespace))
    .map(({ verb, kind, namespace }) => missing(verb, kind, namespace));
  for (const namespace of new Set(change.chains.map((chain) => chain.workload.namespace))) {
    const may = (verb: string, kind: Need['kind'], where: string): boolean =>
      native.rights.may(verb, kind, where);
    const forwards = may('get', portForward, namespace) || may('create', portForward, namespace);
    if (!forwards && !may('create', exec, namespace) && !may('get', exec, namespace)) {
      faults.push(missing('create', portForward, namespace));
    }
    if (steps.length > 0 && !may('get', podLog, namespace)) faults.push(blindTo(namespace));
  }
  return faults;
}

function kindOf(name: string): Kind {
  return kinds[name as keyof typeof kinds];
}

function blindTo(namespace: string): Diagnostic {
  return remark(
    codes.noLogs,
    `namespace ${namespace}`,
    `the logs of proxies in namespace ${namespace} may not be read: a VM that dies, or a configuration that Envoy refuses, is told there alone`,
    'grant `get` on pods/log; without it no gate of kind `stats` passes',
  );
}

function missing(verb: string, kind: Need['kind'], namespace: string): Diagnostic {
  const resource = kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
  return refuse(
    codes.noRight,
    `namespace ${namespace}`,
    `this plan needs the right to ${verb} ${resource} in namespace ${namespace}, which is refused`,
    `kubectl auth can-i ${verb} ${resource} -n ${namespace}`,
    'notPermitted',
  );
}
