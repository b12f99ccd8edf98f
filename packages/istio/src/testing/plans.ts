import type { Chain, Change, DesiredFilter, Sha256, Step } from '@wasmcast/core';
import { compile } from '../compile/compile.ts';
import type { Native } from '../native.ts';
import { digest, frontpage, settings } from './native.ts';

/** Plans for the workload {@link frontpage}, for tests of what is compiled. */

/** The modules a, b and c, by their digests: the smallest module that there is, each. */
export const modules: ReadonlyMap<Sha256, Uint8Array> = new Map(
  ['a', 'b', 'c'].map((c) => [digest(c), new Uint8Array([0, 97, 115, 109])]),
);

export function chain(filters: readonly DesiredFilter[], direction: Chain['direction'] = 'inbound'): Chain {
  return { workload: frontpage, direction, filters };
}

export function change(chains: readonly Chain[], more: Partial<Change> = {}): Change {
  return { fleet: 'shop', chains, removeAll: false, retained: [], ...more };
}

/** The steps to these chains; throws when they are refused. */
export function steps(seen: Native, chains: readonly Chain[], more: Partial<Change> = {}): readonly Step[] {
  const compiled = compile(change(chains, more), seen, settings, modules);
  const refusal = compiled.diagnostics.find((d) => d.severity === 'error');
  if (refusal !== undefined) throw new Error(`${refusal.code} ${refusal.summary}`);
  return compiled.steps;
}

/** `stage: verb Kind namespace/name`, without hashes. */
export function ids(list: readonly Step[]): readonly string[] {
  return list.map((step) => `${step.stage}: ${step.id.replaceAll(/-[0-9a-f]{16}/g, '-…')}`);
}

/** Every field that a test looks at in what a step writes. */
export interface Written {
  readonly label: string;
  readonly spec: {
    readonly configPatches: readonly {
      readonly patch: { readonly operation: string; readonly value: { readonly name: string } };
    }[];
  };
}

export function written(step: Step | undefined): Written {
  if (step === undefined) throw new Error('there is no such step');
  return step.after as unknown as Written;
}
