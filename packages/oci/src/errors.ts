import { WasmcastError } from '@wasmcast/core';
import type { ExitName } from '@wasmcast/core';

/** Every failure of this package: its stable code, how a command ends because of it, and what to do when nothing better is known. */
const table = {
  reference: [
    'WC-OCI-001',
    'invalid',
    'write it as registry.example/team/filter:1.4 or registry.example/team/filter@sha256:<64 hex>',
  ],
  digest: ['WC-OCI-002', 'invalid', 'only sha256:<64 lower-case hex digits> is accepted'],
  plainHttp: [
    'WC-OCI-003',
    'unreachable',
    'if this is meant to be a plain HTTP registry, name it in WASMCAST_INSECURE_REGISTRIES (host:port, comma separated)',
  ],
  unreachable: ['WC-OCI-004', 'unreachable', 'check the name, the port and the network, then try again'],
  certificate: [
    'WC-OCI-005',
    'unreachable',
    'trust its authority with NODE_EXTRA_CA_CERTS=/path/to/ca.pem; certificates are always verified',
  ],
  unauthorized: [
    'WC-OCI-006',
    'notPermitted',
    'log in with `wasmcast login` or `docker login`, or check the password',
  ],
  denied: ['WC-OCI-007', 'notPermitted', 'the account has no right to do this in this repository'],
  notFound: ['WC-OCI-008', 'failed', 'check the repository and the tag, and that the account may see them'],
  rateLimited: ['WC-OCI-009', 'unreachable', 'log in to get a higher limit, or try again later'],
  serverFault: ['WC-OCI-010', 'unreachable', 'the registry is at fault: try again later'],
  refusedByRegistry: ['WC-OCI-011', 'failed', 'the registry did not accept the request'],
  redirect: ['WC-OCI-012', 'failed', 'reference the other registry directly if you trust it'],
  address: [
    'WC-OCI-013',
    'failed',
    'a registry may not send its clients to an address that is nearer to them than itself',
  ],
  realm: [
    'WC-OCI-014',
    'failed',
    'if you trust this token server with the credentials of the registry, name its host in the option tokenServers',
  ],
  uploadLocation: [
    'WC-OCI-015',
    'failed',
    'the registry must take uploads at its own address; behind a proxy, let it know its external scheme and host',
  ],
  digestMismatch: [
    'WC-OCI-016',
    'failed',
    'the bytes are not those that were asked for: do not use this registry until this is understood',
  ],
  tooLarge: ['WC-OCI-017', 'failed', 'raise the limit if you trust the registry and the size is right'],
  malformed: ['WC-OCI-018', 'failed', 'the registry does not speak the OCI distribution protocol here'],
  layout: [
    'WC-OCI-019',
    'invalid',
    'publish it with `wasmcast push`: one application/vnd.oci.image.layer.v1.tar+gzip layer with plugin.wasm',
  ],
  archive: ['WC-OCI-020', 'invalid', 'publish the image anew with `wasmcast push`'],
  credentials: [
    'WC-OCI-021',
    'failed',
    'check the configuration file and the credential helper, or log in again',
  ],
  notWasm: ['WC-OCI-022', 'invalid', 'a module begins with \\0asm and a version'],
  platform: [
    'WC-OCI-023',
    'invalid',
    'proxies resolve an index to linux/amd64: publish that platform, or one manifest without an index',
  ],
  proxy: ['WC-OCI-026', 'invalid', 'name it as http://host:port in HTTPS_PROXY and HTTP_PROXY'],
  key: ['WC-OCI-028', 'invalid', 'make one with `wasmcast keygen` or `cosign generate-key-pair`'],
  files: ['WC-OCI-027', 'failed', 'check the path and the rights'],
  timeout: ['WC-OCI-024', 'unreachable', 'the registry is too slow or hangs: try again later'],
  annotation: [
    'WC-OCI-025',
    'invalid',
    'annotation keys are non-empty, keys and values are text without control characters',
  ],
} as const satisfies Record<string, readonly [string, ExitName, string]>;

/** A kind of failure of this package. */
export type OciErrorKind = keyof typeof table;

/** A failure that came from a registry, an image or a reference. Never carries credentials, tokens or query strings. */
export class OciError extends WasmcastError {
  readonly kind: OciErrorKind;
  /** True if the same request may succeed a moment later. */
  readonly transient: boolean;
  /** The HTTP status, when the registry answered. */
  readonly status: number | undefined;
  /** Milliseconds that the registry asked to wait, as it said it. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: OciErrorKind,
    message: string,
    options: {
      readonly help?: string;
      readonly cause?: unknown;
      readonly transient?: boolean;
      readonly status?: number;
      readonly retryAfterMs?: number | undefined;
    } = {},
  ) {
    const [code, exit, help] = table[kind];
    super(code, message, { help: options.help ?? help, exit, cause: options.cause });
    this.kind = kind;
    this.transient = options.transient ?? false;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** True for an {@link OciError} of this kind. */
export function isOciError(error: unknown, kind?: OciErrorKind): error is OciError {
  return error instanceof OciError && (kind === undefined || error.kind === kind);
}
