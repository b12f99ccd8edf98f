/** What is known about a user of a registry. */
export type Credentials =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, as `docker login` stores it for some registries. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** A bearer token that is sent as it is. */
  | { readonly kind: 'registry-token'; readonly token: string };

/** Finds the credentials for one repository of one registry. `registry` is `host[:port]`, `docker.io` for Docker Hub. */
export type CredentialResolver = (
  registry: string,
  repository: string,
  signal: AbortSignal | undefined,
) => Promise<Credentials>;

/** Nobody. */
export const anonymous: Credentials = { kind: 'anonymous' };
