import type { RecordedExchange, RecordedHeaders } from './parse-har.ts';

/** What stands where a secret stood. */
export const redacted = 'redacted';

/** Names of fields and parameters whose values let somebody in: a word of the name, as in `x-api-key` or `access_token`. */
const secretName =
  /(^|[-_.])(authorization|authentication|auth|cookie2?|tokens?|secrets?|passwords?|passwd|pwd|api[-_]?key|key|signature|sig|session|session[-_]?id|sid|credentials?|jwt|assertion)($|[-_.])/i;

/**
 * The exchange with the values of all fields and query parameters replaced whose names say that they are secret. Of cookies the
 * names stay, of `authorization` the scheme. Bodies are as they were.
 */
export function withoutSecrets({ request, response }: RecordedExchange): RecordedExchange {
  return {
    request: { ...request, path: redactPath(request.path), ...redactFields(request) },
    response: { ...response, ...redactFields(response) },
  };
}

function redactFields({ headers, trailers }: Fields): Fields {
  return { headers: redactHeaders(headers), trailers: redactHeaders(trailers) };
}

type Fields = Pick<RecordedExchange['request'], 'headers' | 'trailers'>;

function redactHeaders(headers: RecordedHeaders): RecordedHeaders {
  return headers.map(([name, value]) => {
    // A challenge says how to ask, and is for everybody.
    if (!secretName.test(name) || name.endsWith('-authenticate')) return [name, value];
    if (name === 'cookie') return [name, value.split(';').map(redactPair).join(';')];
    if (name === 'set-cookie') return [name, value.replace(/^[^;]*/, redactPair)];
    const [, scheme] = /^([A-Za-z][\w-]*) +\S/.exec(value) ?? [];
    const hasScheme = name.endsWith('authorization') && scheme !== undefined;
    return [name, hasScheme ? `${scheme} ${redacted}` : redacted];
  });
}

/** `name=value`; what has no name is all value. */
function redactPair(pair: string): string {
  const at = pair.indexOf('=');
  return `${pair.slice(0, at + 1)}${redacted}`;
}

function redactPath(path: string): string {
  const at = path.indexOf('?');
  if (at < 0) return path;
  const parameters = path.slice(at + 1).split('&');
  return `${path.slice(0, at + 1)}${parameters.map((one) => (isSecret(one) ? redactPair(one) : one)).join('&')}`;
}

function isSecret(parameter: string): boolean {
  const at = parameter.indexOf('=');
  return at > 0 && secretName.test(parameter.slice(0, at));
}
