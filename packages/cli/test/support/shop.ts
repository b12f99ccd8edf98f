import { compileFilter, trailFilter } from '../../../local/src/testing/filters.ts';

let module: Promise<Uint8Array> | undefined;

/** A filter that writes `x-trail: a:<configuration>`, and refuses a configuration that contains `refuse`. Compiled once. */
export function trailModule(): Promise<Uint8Array> {
  module ??= compileFilter(trailFilter('a')).then(({ bytes }) => bytes);
  return module;
}

/** A fleet of one filter, `trail` from `trail.wasm`, on the services `cart` and `stock` of an embedded mesh; without gates. */
export function shop(config = 'one', more = 'rollout: {gates: none}\n'): string {
  return `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
filters:
- {name: trail, module: {file: trail.wasm}, config: ${config}}
targets:
- name: laptop
  local:
    services:
    - {namespace: shop, name: cart, labels: {app: cart}}
    - {namespace: shop, name: stock, labels: {app: stock}}
bindings:
- {name: cart, target: laptop, select: {namespace: shop, labels: {app: cart}}, chain: [trail]}
- {name: stock, target: laptop, select: {namespace: shop, labels: {app: stock}}, chain: [trail]}
${more}`;
}
