import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bindingsText, type WorldSize } from '../places.ts';

/** The filters that every workload gets, in this order; each is built from examples/filters. */
export const filters = {
  'api-key': '{keys: {k-7f3a: alice, k-91bc: bob}}',
  'mask-body': '{words: [secret]}',
  'add-header': '{header: x-greeting, value: hello}',
} as const;

/** Name of one of the filters. */
export type FilterName = keyof typeof filters;

/** Their names, in the order of the chain. */
export const filterNames = Object.keys(filters) as readonly FilterName[];

/** Writes a manifest with a binding for each workload, all filters on each, delivered as these images. */
export async function writeFleet(
  folder: string,
  size: WorldSize,
  images: Readonly<Record<FilterName, string>>,
): Promise<void> {
  const declared = filterNames.map(
    (name) => `- {name: ${name}, module: {image: "${images[name]}"}, config: ${filters[name]}}\n`,
  );
  await writeFile(
    path.join(folder, 'wasmcast.yaml'),
    `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: scale}
filters:
${declared.join('')}targets:
- {name: mesh, istio: {}}
rollout: {gates: none, probe: off}
${bindingsText(size, filterNames)}`,
  );
}
