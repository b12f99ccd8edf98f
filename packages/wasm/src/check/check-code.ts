import { WebAssembly } from '../module/engine.ts';
import type { Feature } from '../module/wasm-module.ts';
import { error, shown, warning, type Fault } from './fault.ts';

/** Proposals that no V8 of a released Envoy compiles without flags. */
const nowhere: readonly Feature[] = ['custom-page-sizes', 'wide-arithmetic'];

/** What Envoy's V8 compiles and the V8 of a Node before 24 does not. */
const recent: readonly Feature[] = ['exceptions', 'memory64'];

/** Whether V8, which is Envoy's engine as it is Node's, accepts the code: types and stack of every instruction. */
export function checkCode(bytes: Uint8Array, features: readonly Feature[]): readonly Fault[] {
  if (WebAssembly.validate(bytes)) return [];
  const unknown = nowhere.filter((feature) => features.includes(feature));
  if (unknown.length > 0) {
    return [
      error(
        'WC-MOD-022',
        `the module uses ${unknown.join(' and ')}, which Envoy's engine does not compile`,
        'turn it off in the compiler',
      ),
    ];
  }
  const untested = recent.filter((feature) => features.includes(feature));
  if (untested.length > 0 && Number.parseInt(process.versions.node, 10) < 24) {
    return [
      warning(
        'WC-MOD-023',
        `the code could not be validated: this Node does not know ${untested.join(' and ')}`,
        'check with Node 24 or newer',
      ),
    ];
  }
  return [
    error(
      'WC-MOD-021',
      `the code is not valid: ${shown(reason(bytes), 300)}`,
      'no engine compiles it: build it again, or report it to the makers of the compiler',
    ),
  ];
}

/** V8's words, without the name of the API that they came through. */
function reason(bytes: Uint8Array): string {
  try {
    void new WebAssembly.Module(bytes);
    return 'V8 says no more';
  } catch (error_) {
    return error_ instanceof Error
      ? error_.message.replace(/^WebAssembly\.\w+\(\): /, '')
      : 'V8 says no more';
  }
}
