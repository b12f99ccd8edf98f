/**
 * What a host call returns. The specification names most of them
 * (https://github.com/proxy-wasm/spec/blob/main/abi-versions/v0.2.1/README.md#proxy_status_t); 5, 9 and 11 exist in
 * hosts only (cpp-host include/proxy-wasm/proxy_wasm_common.h).
 */
export const Status = {
  Ok: 0,
  NotFound: 1,
  BadArgument: 2,
  SerializationFailure: 3,
  ParseFailure: 4,
  BadExpression: 5,
  InvalidMemoryAccess: 6,
  Empty: 7,
  CasMismatch: 8,
  ResultMismatch: 9,
  InternalFailure: 10,
  BrokenConnection: 11,
  Unimplemented: 12,
} as const;

/** A value of {@link Status}. */
export type Status = (typeof Status)[keyof typeof Status];
