import type { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';

/** A function that Envoy offers by name: bytes in, bytes out or why not. */
export type ForeignFunction = (vm: Vm, args: Uint8Array) => Uint8Array | Status;

export const nothing = new Uint8Array();
