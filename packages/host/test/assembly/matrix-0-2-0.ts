// The probe of the matrix as a module of ABI 0.2.0.
export * from './matrix-0-2';

export function proxy_abi_version_0_2_0(): void {}
export function abort(a: usize, b: usize, c: u32, d: u32): void {
  unreachable();
}
