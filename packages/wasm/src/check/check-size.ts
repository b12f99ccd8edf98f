import type { WasmModule } from '../module/wasm-module.ts';
import { error, type Fault } from './fault.ts';

/** What the API server takes as the decoded data of one ConfigMap. */
export const largestConfigMap = 1024 * 1024;

/** What Istio's agent takes as the module of an image. */
export const largestImage = 256 * 1024 * 1024;

/** Memory that Envoy gives to one VM (cpp-host, limits.h). */
const largestMemory = 1024n * 1024n * 1024n;

/** Whether the module fits its delivery and its memory the host. */
export function checkSize(module: WasmModule, delivery: 'configmap' | 'image' | undefined): readonly Fault[] {
  const faults: Fault[] = [];
  const size = module.bytes.length;
  if (delivery === 'configmap' && size > largestConfigMap) {
    faults.push(
      error(
        'WC-MOD-014',
        `the module has ${size} bytes, and a ConfigMap takes ${largestConfigMap}`,
        'deliver it as an image (delivery: image), or make it smaller: release build, no names',
      ),
    );
  }
  for (const memory of module.memories) {
    const bytes = memory.minimum << BigInt(memory.pageSizeLog2 ?? 16);
    if (bytes <= largestMemory) continue;
    faults.push(
      error(
        'WC-MOD-015',
        `the module wants ${bytes} bytes of memory at its start, and Envoy gives a VM ${largestMemory}`,
        'lower the initial memory',
      ),
    );
  }
  return faults;
}
