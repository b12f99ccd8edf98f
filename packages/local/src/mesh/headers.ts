import type { HeaderPairs } from './filter-stream.ts';

/** Fields that concern one connection only (RFC 9110 7.6.1), and those that HTTP/1 framing is made of. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that must not come as trailers (RFC 9110 6.5.1): they would change what was said about the message before. */
const forbiddenTrailers = new Set([
  ...hopByHop,
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'host',
  'authorization',
  'set-cookie',
  'cache-control',
  'expect',
  'max-forwards',
]);

/** Node's flat `[name, value, name, value, …]` as pairs with names in lower case. */
export function toPairs(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([(raw[index] as string).toLowerCase(), raw[index + 1] as string]);
  return pairs;
}

/** The first value of a field. */
export function headerValue(headers: HeaderPairs, name: string): string | undefined {
  for (const pair of headers) if (pair[0] === name) return pair[1];
  return undefined;
}

/** Without the fields that end at this hop: the known ones and those that `Connection` names. */
export function endToEnd(headers: HeaderPairs): Field[] {
  const options = connectionOptions(headers);
  return headers.filter(([name]) => !hopByHop.has(name) && !options.includes(name));
}

/** What `Connection` says, in lower case. Read in a loop, because it is read of each message twice and mostly not there. */
function connectionOptions(headers: HeaderPairs): readonly string[] {
  let options: string[] = [];
  for (const [name, value] of headers) {
    if (name !== 'connection') continue;
    options = options.concat(value.split(',').map((option) => option.trim().toLowerCase()));
  }
  return options;
}

/** A pair is never changed, so lists share them. */
type Field = HeaderPairs[number];

/** Trailers that may be passed on. */
export function passableTrailers(trailers: HeaderPairs): [string, string][] {
  return trailers
    .filter(([name]) => !forbiddenTrailers.has(name) && !name.startsWith(':'))
    .map(([name, value]) => [name, value]);
}

/**
 * What of a head goes onto the wire: no pseudo headers, nothing of the hop, no framing (that is made anew), each field with
 * a legal name and value. A filter can write anything, and an illegal byte would split the message.
 */
export function wireHeaders(headers: HeaderPairs): Field[] {
  return endToEnd(headers).filter(
    ([name, value]) =>
      !name.startsWith(':') && name !== 'content-length' && legalName.test(name) && legalValue.test(value),
  );
}

const legalName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible characters, blank, tab, and obs-text as latin1 (RFC 9110 5.5). */
// oxlint-disable-next-line no-control-regex
const legalValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** True if this looks like a request target in origin form that cannot end the request line early. */
export function legalPath(path: string): boolean {
  return /^(?:\/|\*$)[\x21-\x7e\x80-\xff]*$/.test(path);
}

/** True for an authority that cannot end its header field early. */
export function legalAuthority(authority: string): boolean {
  return /^[\x21-\x7e]*$/.test(authority);
}

/** True for a legal method. */
export function legalMethod(method: string): boolean {
  return legalName.test(method) && method.length <= 32;
}
