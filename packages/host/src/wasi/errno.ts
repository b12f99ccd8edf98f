/** Error numbers of WASI preview 1 (https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno). */
export const Errno = {
  Success: 0,
  BadDescriptor: 8,
  NotDirectory: 20,
  Fault: 21,
  Invalid: 28,
  NoEntry: 44,
  NoSystemCall: 52,
  NotSupported: 58,
} as const;
