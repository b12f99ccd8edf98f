import type { Meta } from '../api/objects.ts';
import { lastWriter } from './writers.ts';

/** Marks by which the tools that keep objects as they want them are known; the first that an object has counts. */
const tools: readonly (readonly [tool: string, place: 'labels' | 'annotations', key: string])[] = [
  ['Argo CD application', 'annotations', 'argocd.argoproj.io/tracking-id'],
  ['Argo CD application', 'labels', 'argocd.argoproj.io/instance'],
  ['Flux Kustomization', 'labels', 'kustomize.toolkit.fluxcd.io/name'],
  ['Flux HelmRelease', 'labels', 'helm.toolkit.fluxcd.io/name'],
  ['Helm release', 'annotations', 'meta.helm.sh/release-name'],
  ['kapp app', 'labels', 'kapp.k14s.io/app'],
  ['wasmcast fleet', 'labels', 'wasmcast.dev/fleet'],
];

/** Who keeps an object, as far as it says: a tool with its own name for it, its controller, or who wrote it last. */
export function ownerOf(meta: Meta): string | undefined {
  for (const [tool, place, key] of tools) {
    const value = meta[place]?.[key];
    if (value !== undefined) return `${tool} ${value.split(':')[0]}`;
  }
  const controller = meta.ownerReferences?.find((reference) => reference.controller === true);
  if (controller !== undefined) return `${controller.kind} ${controller.name}`;
  const managed = meta.labels?.['app.kubernetes.io/managed-by'];
  return managed ?? lastWriter(meta)?.manager;
}
