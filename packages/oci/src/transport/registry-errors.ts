import { OciError } from '../errors.ts';
import type { OciErrorKind } from '../errors.ts';
import { headerOf } from './transport.ts';
import type { HopResponse } from './transport.ts';

/**
 * Turns an error answer into an error (distribution-spec, "Error Codes"). Only the code of the registry is repeated, and
 * only if it has the form of one: messages of registries have carried tokens and terminal escapes.
 */
export function registryError(response: HopResponse, body: Uint8Array, what: string): OciError {
  const { status } = response;
  const codes = registryCodes(body);
  const suffix = codes.length === 0 ? '' : `, ${codes.join(', ')}`;
  const kind = kindOf(status);
  return new OciError(kind, `${what}: ${response.place} answered ${status}${suffix}`, {
    status,
    transient: status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505),
    retryAfterMs: retryAfter(headerOf(response, 'retry-after')),
  });
}

function kindOf(status: number): OciErrorKind {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'denied';
  if (status === 404) return 'notFound';
  if (status === 429) return 'rateLimited';
  if (status >= 500) return 'serverFault';
  return status >= 400 ? 'refusedByRegistry' : 'malformed';
}

function registryCodes(body: Uint8Array): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return [];
  }
  const list: unknown = (parsed as { readonly errors?: unknown } | null)?.errors;
  if (!Array.isArray(list)) return [];
  const codes = list.slice(0, 5).map((entry: unknown) => (entry as { readonly code?: unknown } | null)?.code);
  return codes.filter((code): code is string => typeof code === 'string' && /^[A-Z][A-Z_]{0,63}$/.test(code));
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
