import type { Diagnostic } from '@wasmcast/core';
import { codes, refuse, remark } from '../compile/fault.ts';

/** There is no Istio to be looked at. */
export function noMesh(target: string): Diagnostic {
  return refuse(
    codes.noMesh,
    `target ${target}`,
    `there is no Istio in ${target}: its API server does not have the kind EnvoyFilter`,
    'install Istio, or correct the context of the target',
  );
}

/** A namespace that a binding names. */
export function missingNamespace(name: string, target: string): Diagnostic {
  return refuse(
    codes.noNamespace,
    `namespace ${name}`,
    `there is no namespace ${name} in ${target}`,
    `create it (kubectl create namespace ${name}) or correct the binding`,
  );
}

/** What the fleet has in a namespace of a former revision is neither shown nor cleaned up: that must not go unsaid. */
export function unseenNamespace(fleet: string, name: string): Diagnostic {
  return {
    ...remark(
      codes.unseenNamespace,
      `namespace ${name}`,
      `a revision of fleet ${fleet} was live in namespace ${name}, which may not be looked at: what is left there stays`,
      `ask for the right to list envoyfilters, wasmplugins, trafficextensions and configmaps in ${name}, and plan again`,
    ),
    exit: 'notPermitted',
  };
}
