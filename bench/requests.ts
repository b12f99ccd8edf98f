import { type AuditEntry, isWrite } from '@wasmcast/testbed';

/** Faults of an apply that had nothing to do: it may list each kind once, and write nothing. */
export function noOpFaults(entries: readonly AuditEntry[]): readonly string[] {
  const writes = entries.filter(isWrite).map((entry) => `writes: ${entry.verb} ${entry.uri}`);
  const lists = Map.groupBy(
    entries.filter((entry) => entry.verb === 'list'),
    (entry) => entry.resource,
  );
  const repeated = [...lists].filter(([, list]) => list.length > 1);
  return [...writes, ...repeated.map(([kind, list]) => `lists ${kind} ${list.length} times`)];
}

/** `create 203 (extensions.istio.io/wasmplugins 200, …), get 5 (…)`, the most first. */
export function requestsText(entries: readonly AuditEntry[]): string {
  const verbs = countBy(entries, (entry) => entry.verb);
  const texts = verbs.map(([verb, count]) => {
    const kinds = countBy(
      entries.filter((entry) => entry.verb === verb),
      (entry) => entry.resource,
    );
    return `${verb} ${count} (${kinds.map(([kind, n]) => (kinds.length === 1 ? kind : `${kind} ${n}`)).join(', ')})`;
  });
  return texts.length === 0 ? 'none' : texts.join(', ');
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [string, number])[] {
  const groups = [...Map.groupBy(items, keyOf)].map(([key, list]) => [key, list.length] as const);
  return groups.toSorted((a, b) => b[1] - a[1]);
}
