import { errors } from 'undici';
import { OciError } from '../errors.ts';

const certificateCode =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;
const notTlsCode =
  /^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|ERR_SSL_HTTP_REQUEST|EPROTO)$/;

/** Says what a failed connection means. Aborts of the caller pass as they are. */
export function connectionError(error: unknown, place: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof OciError) return error;
  const cause = rootCause(error);
  if (cause instanceof OciError) return cause;
  const code = codeOf(cause) ?? codeOf(error) ?? '';
  if (isTimeout(error))
    return new OciError('timeout', `${place}: no answer in time`, { cause: error, transient: true });
  if (certificateCode.test(code)) {
    return new OciError('certificate', `${place}: the certificate is not trusted (${code})`, {
      cause: error,
    });
  }
  if (notTlsCode.test(code)) {
    return new OciError('plainHttp', `${place}: the server does not speak TLS`, { cause: error });
  }
  const why = code === '' ? 'the connection failed' : code;
  return new OciError('unreachable', `${place}: ${why}`, { cause: error, transient: true });
}

function isTimeout(error: unknown): boolean {
  return (
    (error instanceof Error && error.name === 'TimeoutError') ||
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  );
}

/** Node wraps the errors of several tried addresses into one. */
function rootCause(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootCause(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) return rootCause(error.cause);
  return error;
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
}
