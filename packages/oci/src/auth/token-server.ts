import { isIP } from 'node:net';
import { OciError } from '../errors.ts';
import type { OciLimits } from '../limits.ts';
import { readBody } from '../transport/body.ts';
import { registryError } from '../transport/registry-errors.ts';
import { displayUrl } from '../transport/transport.ts';
import type { HopRequest, HopResponse } from '../transport/transport.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';

/** What is needed to ask a token server (distribution-spec, "Token Authentication"). */
export interface TokenRequest {
  readonly registry: URL;
  readonly challenge: Challenge;
  /** What we want; the scope in the challenge is ignored, or a registry could ask for a token of another repository. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials;
  /** Hosts that may get the credentials of this registry besides those of {@link isKin}. */
  readonly tokenServers: readonly string[];
  readonly limits: OciLimits;
  readonly signal: AbortSignal | undefined;
  readonly send: (request: HopRequest) => Promise<HopResponse>;
}

/** Gets a bearer token. @throws OciError `realm`, `unauthorized`, … */
export async function fetchToken(request: TokenRequest): Promise<string> {
  const { credentials, limits, signal, scopes } = request;
  const realm = checkRealm(request);
  const service = request.challenge.parameters.get('service');
  const role = realm.origin === request.registry.origin ? 'registry' : 'elsewhere';
  const common = { role, deadlineMs: limits.requestMs, signal } as const;
  let response: HopResponse;
  if (credentials.kind === 'identity-token') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'wasmcast',
      scope: scopes.join(' '),
      refresh_token: credentials.token,
    });
    if (service !== undefined) form.set('service', service);
    response = await request.send({
      ...common,
      method: 'POST',
      url: realm,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(form.toString()),
    });
  } else {
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.delete('scope');
    for (const scope of scopes) url.searchParams.append('scope', scope);
    const headers = credentials.kind === 'basic' ? { authorization: basicHeader(credentials) } : {};
    response = await request.send({ ...common, method: 'GET', url, headers });
  }
  const body = await readBody(
    response,
    response.status === 200 ? limits.tokenBytes : limits.errorBytes,
    signal,
  );
  // A redirect is not followed: the credentials were meant for this server.
  if (response.status !== 200) throw registryError(response, body, 'no token');
  return readToken(body, realm);
}

/** The Authorization header for a name and a password (RFC 7617). */
export function basicHeader(credentials: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

function checkRealm(request: TokenRequest): URL {
  const { registry, credentials } = request;
  const realm = URL.parse(request.challenge.parameters.get('realm') ?? '');
  if (realm === null)
    throw new OciError('realm', `${registry.host} names no token server that could be asked`);
  const refuse = (why: string): never => {
    throw new OciError('realm', `refused the token server ${displayUrl(realm)} of ${registry.host}: ${why}`);
  };
  if (realm.protocol !== 'https:' && realm.protocol !== 'http:') refuse('not an HTTP address');
  if (realm.username !== '' || realm.password !== '') refuse('it carries credentials');
  if (registry.protocol === 'https:' && realm.protocol === 'http:') refuse('from TLS to plain HTTP');
  const trusted = isKin(registry.hostname, realm.hostname) || request.tokenServers.includes(realm.host);
  if (credentials.kind !== 'anonymous' && !trusted) refuse('it would get the credentials of the registry');
  realm.hash = '';
  return realm;
}

/**
 * A token server legally stands at another host (auth.docker.io for registry-1.docker.io, gitlab.com for registry.gitlab.com):
 * the same host, or the registry's parent domain and what is below it. Anybody else gets credentials only if the user says so.
 */
export function isKin(registry: string, realm: string): boolean {
  if (registry === realm) return true;
  if (isIP(registry.replace(/^\[|\]$/g, '')) !== 0) return false;
  const parent = registry.slice(registry.indexOf('.') + 1);
  if (!registry.includes('.') || !parent.includes('.')) return false;
  return realm === parent || realm.endsWith(`.${parent}`);
}

function readToken(body: Uint8Array, realm: URL): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    parsed = undefined;
  }
  const answer = parsed as { readonly token?: unknown; readonly access_token?: unknown } | null | undefined;
  const token = answer?.token ?? answer?.access_token;
  // RFC 6750, 2.1 (b64token): anything else could smuggle a header.
  if (typeof token !== 'string' || !/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) {
    throw new OciError('malformed', `${displayUrl(realm)}: the answer holds no token`);
  }
  return token;
}
