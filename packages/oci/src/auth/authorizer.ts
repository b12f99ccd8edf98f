import { OciError } from '../errors.ts';
import type { OciLimits } from '../limits.ts';
import type { HopRequest, HopResponse } from '../transport/transport.ts';
import { parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { basicHeader, fetchToken } from './token-server.ts';

/** What an {@link Authorizer} works with. */
export interface AuthorizerOptions {
  /** What tokens are asked for, e.g. `repository:team/filter:pull,push`. */
  readonly scopes: readonly string[];
  readonly credentials: () => Promise<Credentials>;
  readonly tokenServers: readonly string[];
  readonly limits: OciLimits;
  readonly signal: AbortSignal | undefined;
  readonly send: (request: HopRequest) => Promise<HopResponse>;
}

/**
 * Answers the challenges of ONE registry for ONE conversation. What it gives out is for the registry's own origin; the
 * session puts it nowhere else.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  #header: string | undefined;
  #realms: readonly string[] = [];
  #known = false;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The Authorization header to send, if the registry has asked for one. */
  get header(): string | undefined {
    return this.#header;
  }

  /** True once credentials of a user, not nobody's, have been shown. */
  get credentials(): boolean {
    return this.#known;
  }

  /** The realms of its last challenges, unchecked: where tokens come from, or what a password is for. */
  get realms(): readonly string[] {
    return this.#realms;
  }

  /** Prepares a new header after a 401. @returns false if there is nothing to offer. */
  async challenged(registry: URL, headers: readonly string[]): Promise<boolean> {
    const options = this.#options;
    const challenges = parseChallenges(headers);
    const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
    this.#realms = challenges.flatMap(({ parameters }) => parameters.get('realm') ?? []);
    const basic = challenges.find((challenge) => challenge.scheme === 'basic');
    const credentials = await options.credentials();
    const before = this.#header;
    this.#known = credentials.kind !== 'anonymous';
    if (credentials.kind === 'registry-token') this.#header = bearerHeader(credentials.token);
    else if (bearer !== undefined) {
      this.#header = bearerHeader(await fetchToken({ ...options, registry, challenge: bearer, credentials }));
      return true;
    } else if (basic !== undefined && credentials.kind === 'basic') this.#header = basicHeader(credentials);
    return this.#header !== before;
  }
}

function bearerHeader(token: string): string {
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token))
    throw new OciError('credentials', 'the stored token has characters that no token has');
  return `Bearer ${token}`;
}
