import type { Diagnostic } from '@wasmcast/core';

/** A fault of a module before it is known which module it is. */
export type Fault = Omit<Diagnostic, 'subject' | 'source'>;

/** An error: the module would be refused. */
export function error(code: string, summary: string, help: string): Fault {
  return { severity: 'error', code, summary, help };
}

/** A warning: the module would be taken, and something is likely wrong. */
export function warning(code: string, summary: string, help: string): Fault {
  return { severity: 'warning', code, summary, help };
}

/** At most this many faults of one sort are listed one by one; a hostile module can have a million. */
const mostOfOneSort = 50;

/** The first faults, and a last one that counts the rest. */
export function bounded(faults: readonly Fault[]): readonly Fault[] {
  const [last] = faults.slice(mostOfOneSort);
  if (last === undefined) return faults;
  const rest = faults.length - mostOfOneSort;
  const summary = `and ${rest} more faults of this sort`;
  return [...faults.slice(0, mostOfOneSort), { severity: last.severity, code: last.code, summary }];
}

/** A name from a module as it can be shown: without control characters, and not longer than `most`. */
export function shown(name: string, most = 80): string {
  const cut = name.length > most ? `${name.slice(0, most - 3)}...` : name;
  return JSON.stringify(cut).slice(1, -1);
}
