import { OciError } from '../errors.ts';
import { displayUrl, headerOf } from './transport.ts';
import type { HopResponse } from './transport.ts';

/** True for the statuses that carry a Location to follow. */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where a redirect leads. Only its form is judged here; the address is, when it is dialled. @throws OciError `redirect` */
export function redirectTarget(from: URL, response: HopResponse): URL {
  const location = headerOf(response, 'location');
  const target = location === undefined ? null : URL.parse(location, from.href);
  if (target === null) throw new OciError('redirect', `${displayUrl(from)} redirects to nowhere`);
  const refuse = (why: string): never => {
    throw new OciError(
      'redirect',
      `refused the redirect from ${displayUrl(from)} to ${displayUrl(target)}: ${why}`,
    );
  };
  if (target.protocol !== 'https:' && target.protocol !== 'http:') refuse('not an HTTP address');
  if (from.protocol === 'https:' && target.protocol === 'http:') refuse('from TLS to plain HTTP');
  if (target.username !== '' || target.password !== '') refuse('it carries credentials');
  return target;
}
