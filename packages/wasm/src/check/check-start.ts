import { reachableHostCall } from '../module/scan-code.ts';
import type { WasmModule } from '../module/wasm-module.ts';
import { error, shown, warning, type Fault } from './fault.ts';

/**
 * A start section runs while the module is instantiated, when Envoy has not linked its memory yet: a host call from
 * there takes the whole proxy down, not only the filter. So it is refused wherever such a call can be reached.
 */
export function checkStart(module: WasmModule): readonly Fault[] {
  if (module.start === undefined) return [];
  const reached = reachableHostCall(module, module.start);
  const help =
    'move the code into an exported _initialize: wasmcast build does, with AssemblyScript alone it is --exportStart _initialize';
  if (reached === undefined) {
    return [
      warning(
        'WC-MOD-013',
        'the module has a start section, which runs before the host is ready; it calls no host function',
        help,
      ),
    ];
  }
  const imported = module.imports.filter((i) => i.type.kind === 'function')[reached.import ?? -1];
  const what = imported === undefined ? 'a host function' : shown(`${imported.module}.${imported.name}`);
  const verb =
    reached.certainty === 'direct' ? 'can call' : 'may call, through a table or in code that cannot be read,';
  return [
    error(
      'WC-MOD-012',
      `the module has a start section that ${verb} ${what}: this can crash the proxy`,
      help,
    ),
  ];
}
