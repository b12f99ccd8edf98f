import { parse, stringify } from 'yaml';
import { type JsonObject, type JsonValue, type Rendered, WasmcastError, isArray } from '@wasmcast/core';

/** The file that makes a folder a component of kustomize, and that says that the folder is ours. */
export const kustomizationFile = 'kustomization.yaml';

const mark = '# Written by `wasmcast render`, which replaces what is listed here.\n';

/** YAML without folded lines, so that a diff shows what has changed. */
export function yamlOf(value: JsonValue): string {
  return stringify(value, { lineWidth: 0 });
}

/**
 * One file an object or patch, by its path in the folder, and a component that lists them: who has the workloads names it
 * under `components`. Throws `WC-CLI-095` when two targets leave an object of the same name.
 */
export function renderedFiles({ objects, patches }: Rendered): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const add = (path: string, value: JsonValue): string => {
    if (files.has(path)) {
      throw new WasmcastError('WC-CLI-095', `two targets leave the same object: ${path}`, {
        exit: 'usage',
        help: 'render one target at a time, each into a folder of its own: --target NAME --output-dir FOLDER',
      });
    }
    files.set(path, yamlOf(value));
    return path;
  };
  const resources = objects.map((object) => add(pathOf(object), object));
  const patched = patches.map((patch): JsonObject => {
    const { kind, name, namespace } = named(patch);
    // With a target, kustomize passes over a workload that is not there.
    return { path: add(pathOf(patch, 'patch-'), patch), target: { kind, name, namespace } };
  });
  const component: JsonObject = {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    resources,
    ...(patched.length > 0 && { patches: patched }),
  };
  return files.set(kustomizationFile, `${mark}${yamlOf(component)}`);
}

/** The files that an earlier rendering has left, by its component; undefined: that file is not ours. */
export function filesOf(kustomization: string): readonly string[] | undefined {
  if (!kustomization.startsWith(mark)) return undefined;
  const { resources, patches } = parse(kustomization) as { resources?: JsonValue; patches?: JsonValue };
  const texts = (value: JsonValue | undefined): readonly JsonValue[] =>
    isArray(value ?? null) ? (value as JsonValue[]) : [];
  return [...texts(resources), ...texts(patches).map((patch) => (patch as JsonObject)['path'] ?? '')].filter(
    (path) => typeof path === 'string' && /^[\w.-]+\/[\w.-]+\.yaml$/.test(path) && !path.includes('..'),
  ) as readonly string[];
}

/** `foo/wasmplugin-wasmcast-shop-….yaml`; Kubernetes' names are safe as names of files. */
function pathOf(object: JsonValue, prefix = ''): string {
  const { kind, name, namespace } = named(object);
  return `${namespace}/${prefix}${kind.toLowerCase()}-${name}.yaml`;
}

function named(object: JsonValue): {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
} {
  const { kind, metadata } = object as unknown as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
  };
  return { kind, name: metadata.name, namespace: metadata.namespace };
}
