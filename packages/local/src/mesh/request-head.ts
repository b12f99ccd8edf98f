import type { IncomingMessage } from 'node:http';
import type { HeaderPairs } from './filter-stream.ts';
import { declaredLength } from './framing.ts';
import { endToEnd, headerValue, legalPath, toPairs } from './headers.ts';
import type { MeshLimits } from './limits.ts';

/** A request's head in the words of filters, or why it is not taken. */
export type RequestHead =
  | { readonly kind: 'head'; readonly headers: HeaderPairs; readonly bodiless: boolean }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

/** Reads the head of a request that Node's parser took. */
export function readRequestHead(message: IncomingMessage, limits: MeshLimits): RequestHead {
  const fields = toPairs(message.rawHeaders);
  if (fields.length > limits.headerFields)
    return { kind: 'refused', status: 431, reason: `more than ${limits.headerFields} header fields` };
  const declared = declaredLength(fields);
  if (declared !== undefined && declared > limits.bodyBytes)
    return { kind: 'refused', status: 413, reason: `a body of more than ${limits.bodyBytes} bytes` };
  const target = originForm(message.url ?? '/', headerValue(fields, 'host') ?? '');
  if (target === undefined) return { kind: 'refused', status: 400, reason: 'not a target of this service' };
  const chunked = headerValue(fields, 'transfer-encoding') !== undefined;
  return {
    kind: 'head',
    bodiless: !chunked && (declared ?? 0) === 0,
    headers: [
      [':authority', target.authority],
      [':path', target.path],
      [':method', message.method ?? 'GET'],
      [':scheme', 'http'],
      // Envoy answers the expectation itself and takes the field away.
      ...endToEnd(fields).filter(([name]) => name !== 'host' && name !== 'expect'),
    ],
  };
}

/** Origin form and authority of a request target; an absolute one wins over `Host` (RFC 9112 3.2.2). */
function originForm(target: string, host: string): { path: string; authority: string } | undefined {
  const absolute = /^http:\/\/([^/?#]+)([^#]*)$/i.exec(target);
  if (absolute === null) return legalPath(target) ? { path: target, authority: host } : undefined;
  const [, authority = '', rest = ''] = absolute;
  return { path: rest.startsWith('/') ? rest : `/${rest}`, authority };
}
