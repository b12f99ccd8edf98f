import { OciError } from '../errors.ts';
import { readBody } from '../transport/body.ts';
import { displayUrl, headerOf } from '../transport/transport.ts';
import type { HopResponse } from '../transport/transport.ts';
import { isRepository, isTag } from '../reference/reference.ts';
import type { RegistrySession } from './session.ts';

/** All tags of the session's repository, in the registry's order. @throws OciError `notFound`, `malformed`, `tooLarge` */
export async function listTags(session: RegistrySession): Promise<readonly string[]> {
  return list(session, 'tags/list', 'tags', isTag, 'cannot list the tags');
}

/** All repositories that the registry tells about; the session's access is `catalog`. @throws OciError */
export async function listRepositories(session: RegistrySession): Promise<readonly string[]> {
  return list(session, '/v2/_catalog', 'repositories', isRepository, 'cannot list the repositories');
}

async function list(
  session: RegistrySession,
  path: string,
  field: string,
  valid: (entry: string) => boolean,
  what: string,
): Promise<readonly string[]> {
  const { limits } = session;
  const found = new Set<string>();
  let page: string | undefined = `${path}?n=1000`;
  for (let pages = 0; page !== undefined; pages += 1) {
    if (pages === limits.pages) throw new OciError('tooLarge', `${what}: more than ${limits.pages} pages`);
    const target: string = page;
    const before = found.size;
    page = await session.call(
      { method: 'GET', target, what, expect: [200], idempotent: true },
      async (response) => {
        for (const entry of entriesOf(
          await readBody(response, limits.manifestBytes, session.signal),
          field,
        )) {
          if (!valid(entry))
            throw new OciError('malformed', `${what}: ${response.place} names what cannot be`);
          found.add(entry);
        }
        return nextPage(session, response, new URL(target, session.base));
      },
    );
    if (found.size > limits.listEntries)
      throw new OciError('tooLarge', `${what}: more than ${limits.listEntries} entries`);
    if (page !== undefined && found.size === before)
      throw new OciError('malformed', `${what}: the registry gives the same page again and again`);
  }
  return [...found];
}

function entriesOf(body: Uint8Array, field: string): readonly string[] {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    document = undefined;
  }
  const entries = (document as Readonly<Record<string, unknown>> | null | undefined)?.[field];
  // Go writes an empty list as null.
  if (entries === null) return [];
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === 'string'))
    throw new OciError('malformed', `the registry's list has no ${field}`);
  return entries;
}

/** RFC 8288: `<address>; rel="next"`. It gets our credentials, so it must be the same list of the same registry. */
function nextPage(session: RegistrySession, response: HopResponse, current: URL): string | undefined {
  const link = headerOf(response, 'link');
  const address = link === undefined ? undefined : /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link)?.[1];
  if (address === undefined) return undefined;
  const url = URL.parse(address, current.href);
  if (url === null || url.origin !== session.base.origin || url.pathname !== current.pathname) {
    throw new OciError(
      'redirect',
      `refused the next page of ${response.place}: it is at ${url === null ? 'no address' : displayUrl(url)}`,
    );
  }
  return `${url.pathname}${url.search}`;
}
