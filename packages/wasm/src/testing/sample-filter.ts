import type { TestModule } from './encode.ts';

type TestFunction = NonNullable<TestModule['functions']>[number];

/** The functions of the smallest filter that every Envoy takes, by their names. */
export const sampleFunctions: Readonly<Record<string, TestFunction>> = {
  marker: { export: 'proxy_abi_version_0_2_1', signature: [[], []] },
  allocator: { export: 'malloc', signature: [['i32'], ['i32']] },
  start: { export: 'proxy_on_vm_start', signature: [['i32', 'i32'], ['i32']], body: [0x41, 1] },
  configure: { export: 'proxy_on_configure', signature: [['i32', 'i32'], ['i32']], body: [0x41, 1] },
  headers: { export: 'proxy_on_request_headers', signature: [['i32', 'i32', 'i32'], ['i32']] },
};

/** The smallest filter with some functions replaced, left out (undefined) or added. */
export function sampleFilter(
  changes: Readonly<Record<string, TestFunction | undefined>> = {},
  more: Omit<TestModule, 'functions'> = {},
): TestModule {
  const functions = Object.values({ ...sampleFunctions, ...changes }).filter((f) => f !== undefined);
  return { functions, ...more };
}
