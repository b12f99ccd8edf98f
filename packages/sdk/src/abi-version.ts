import type { Program } from './program.ts';

/** Set by `asc --use ABI_0_2_0=1`: the module shall declare ABI 0.2.0, for hosts that know nothing later. */
const older = 'ABI_0_2_0';

/** The export by which a module says which ABI it speaks. */
export function abiMarker({ options }: Program): string {
  return isOlder(options) ? 'proxy_abi_version_0_2_0' : 'proxy_abi_version_0_2_1';
}

/** Why a module that declares ABI 0.2.0 would not load: what it uses came with 0.2.1. */
export function missingInAbi({ options, moduleImports }: Program): string | undefined {
  const imports = moduleImports.get('env');
  return isOlder(options) && imports?.has('proxy_get_log_level') === true
    ? 'log.enabled needs ABI 0.2.1, and the module shall declare 0.2.0: log without asking, or build without --abi'
    : undefined;
}

function isOlder({ globalAliases }: Program['options']): boolean {
  return globalAliases?.has(older) ?? false;
}
