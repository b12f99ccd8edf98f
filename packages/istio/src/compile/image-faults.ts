import {
  configurationText,
  type DesiredFilter,
  type Diagnostic,
  isFetched,
  shortDigest,
} from '@wasmcast/core';
import { codes, refuse, remark } from './fault.ts';

/**
 * What is allowed in a WasmPlugin or TrafficExtension: an object with more would be refused in the middle of a rollout.
 * Their schemas count characters (istio.io/api, customresourcedefinitions.gen.yaml); of names Istio's webhook takes as many
 * bytes only (istio, pkg/config/validation/validation.go).
 */
const limits = { rootId: 256, pullSecret: 253, envEntries: 256, envName: 256, envValue: 2048 } as const;

/** Why a filter cannot be delivered as an image as it is. */
export function imageFaults(filter: DesiredFilter, subject: string): readonly Diagnostic[] {
  const faults: Diagnostic[] = [];
  if (filter.delivery === 'http' && filter.served === undefined) {
    faults.push(
      refuse(
        codes.noModuleServer,
        subject,
        `filter ${filter.name} is to be delivered by http, and its target has no module server`,
        'say where modules are found: istio: {moduleServer: http://…} of the target, and keep `wasmcast serve` up there',
      ),
    );
  }
  if (filter.delivery === 'image' && filter.image === undefined) {
    faults.push(
      refuse(
        codes.noImage,
        subject,
        `filter ${filter.name} is to be delivered as an image, and its module is not in a registry`,
        'push it (wasmcast push) and write module: {image: …}, or use delivery: configmap',
      ),
    );
  }
  const text = configurationText(filter.config);
  if (filter.config.kind === 'text' && text !== '') {
    faults.push(
      refuse(
        codes.configNotObject,
        subject,
        `filter ${filter.name}: Istio carries a configuration beside an image only as an object, and this one is a text`,
        'write the configuration as an object, or use delivery: configmap',
      ),
    );
  }
  if (filter.config.kind === 'json' && Object.keys(filter.config.value).length === 0) {
    faults.push(
      refuse(
        codes.configNotObject,
        subject,
        `filter ${filter.name}: Istio drops an empty configuration object beside an image`,
        'leave config out, or use delivery: configmap',
      ),
    );
  }
  if (!text.isWellFormed()) {
    faults.push(
      refuse(codes.configNotObject, subject, `filter ${filter.name}: its configuration is not valid Unicode`),
    );
  }
  faults.push(...limitFaults(filter, subject));
  const usual =
    filter.vmId.startsWith(`${filter.name}-`) &&
    shortDigest(filter.moduleDigest).startsWith(filter.vmId.slice(filter.name.length + 1));
  if (!usual || filter.allowPrecompiled) {
    const what = [...(usual ? [] : ['vm.id']), ...(filter.allowPrecompiled ? ['vm.allowPrecompiled'] : [])];
    faults.push(
      remark(
        codes.vmNotExpressible,
        subject,
        `filter ${filter.name}: Istio cannot carry ${what.join(' and ')} beside an image; they stay without effect`,
        'use delivery: configmap if they matter',
      ),
    );
  }
  return faults;
}

/**
 * Which filters of a chain share a VM. Istio gives what it delivers beside an image no VM of its own, and Envoy has one VM for
 * all with the same code and key (proxy-wasm, `makeVmKey`).
 */
export function sharedVmRemarks(filters: readonly DesiredFilter[], subject: string): readonly Diagnostic[] {
  const images = filters.filter(isFetched);
  return [...Map.groupBy(images, ({ moduleDigest }) => moduleDigest).values()]
    .filter((sharing) => sharing.length > 1)
    .map((sharing) =>
      remark(
        codes.sharedVm,
        subject,
        `${sharing.map(({ name }) => name).join(', ')} are one module, and as images share one VM: when one traps, the others are gone with it until they are configured anew`,
        'use delivery: configmap, where each filter has a VM of its own, or build a module for each',
      ),
    );
}

function limitFaults(filter: DesiredFilter, subject: string): readonly Diagnostic[] {
  const env = Object.entries(filter.env);
  const pullSecret = filter.image?.pullSecret;
  const long: string[] = [];
  if (bytes(filter.rootId) > limits.rootId) long.push(`its rootId is over ${limits.rootId} bytes`);
  if (pullSecret !== undefined && (pullSecret === '' || bytes(pullSecret) > limits.pullSecret)) {
    long.push(
      `the name of its pull secret has ${bytes(pullSecret)} bytes instead of 1 to ${limits.pullSecret}`,
    );
  }
  if (env.length > limits.envEntries) {
    long.push(`vm.env has ${env.length} variables, and Istio takes ${limits.envEntries}`);
  }
  for (const [name, value] of env) {
    if (name === '' || bytes(name) > limits.envName || characters(value) > limits.envValue) {
      long.push(
        `vm.env.${name} is longer than Istio takes (${limits.envName} bytes and ${limits.envValue} characters)`,
      );
    }
  }
  return long.map((what) =>
    refuse(
      codes.overLimit,
      subject,
      `filter ${filter.name}: ${what}`,
      'shorten it, or use delivery: configmap',
    ),
  );
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** Unicode characters, as the API server counts. */
function characters(text: string): number {
  return Array.from(text).length;
}
