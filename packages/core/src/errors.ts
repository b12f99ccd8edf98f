/** How a failure ends a command; the values are those of sysexits where one fits. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  changesPending: 2,
  rolledBack: 3,
  paused: 4,
  notAllLive: 5,
  usage: 64,
  invalid: 65,
  unreachable: 69,
  notPermitted: 77,
  interrupted: 130,
} as const;

/** A name from {@link exitCodes}. */
export type ExitName = keyof typeof exitCodes;

/**
 * A failure that a user can understand and act upon. Everything else that is thrown is a bug.
 *
 * `code` is stable (`WC` + area + number, e.g. `WC-OCI-004`), `message` says what happened, `help` says what to do next,
 * `exit` how a command ends because of it. A message never carries a secret.
 */
export class WasmcastError extends Error {
  override readonly name = 'WasmcastError';
  readonly code: string;
  readonly help: string | undefined;
  readonly exit: ExitName;

  constructor(
    code: string,
    message: string,
    options: { readonly help?: string; readonly exit?: ExitName; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.help = options.help;
    this.exit = options.exit ?? 'failed';
  }
}

/** For the `default` of a switch over a closed union: does not compile while a case is missing. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
