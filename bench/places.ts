/** Workloads that are spread evenly over some namespaces. */
export interface WorldSize {
  readonly workloads: number;
  readonly namespaces: number;
}

/** One of these workloads. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** Names of the namespaces. */
export function namespacesOf({ namespaces }: WorldSize): readonly string[] {
  return Array.from({ length: namespaces }, (_, i) => `bench-${i}`);
}

/** All the workloads. */
export function placesOf(size: WorldSize): readonly Place[] {
  const namespaces = namespacesOf(size);
  return Array.from({ length: size.workloads }, (_, i) => ({
    namespace: namespaces[i % namespaces.length] ?? '',
    name: `service-${i}`,
  }));
}

/** A manifest's bindings, as YAML: these filters on each workload, as images. */
export function bindingsText(size: WorldSize, chain: readonly string[]): string {
  const bindings = placesOf(size).map(
    ({ namespace, name }) =>
      `- {name: ${name}, target: mesh, select: {namespace: ${namespace}, kind: Deployment, labels: {app: ${name}}}, delivery: image, chain: [${chain.join(', ')}]}\n`,
  );
  return `bindings:\n${bindings.join('')}`;
}
