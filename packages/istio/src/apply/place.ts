import { WasmcastError } from '@wasmcast/core';
import type { Kind } from '../api/kinds.ts';
import type { SpecObject } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import { fleetLabel } from '../names.ts';

/** Which object a step writes, and whose it has to be. */
export interface Place {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly fleet: string;
}

/** Throws when somebody else rolls out by now. */
export type StillOurs = () => Promise<void>;

/** Throws `WC-IST-025` for an object that somebody else put there, or that lost the label that says it is ours. */
export function assertOurs(at: Place, standing: SpecObject): void {
  if (standing.metadata.labels?.[fleetLabel] === at.fleet) return;
  throw new WasmcastError(
    codes.notOurs,
    `${at.kind.kind} ${at.namespace}/${at.name} exists, and it does not belong to fleet ${at.fleet}`,
    {
      help: `if it is the fleet's, give it back its label and plan again: kubectl label ${at.kind.resource} -n ${at.namespace} ${at.name} ${fleetLabel}=${at.fleet}; else delete or rename it`,
    },
  );
}

/** The error for a cluster that shows neither what the plan saw nor what it wants. */
export function moved(at: Place, what: string): WasmcastError {
  return new WasmcastError(codes.worldMoved, `${at.kind.kind} ${at.namespace}/${at.name}: ${what}`, {
    help: 'make a new plan',
  });
}
