import { randomBytes } from 'node:crypto';
import { RegistryFault } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { StrictAction, StrictOptions, StrictUser } from './options.ts';

interface Grant {
  /** Repository (or `catalog`) to what may be done there. */
  readonly scopes: ReadonlyMap<string, ReadonlySet<StrictAction>>;
  uses: number;
}

/** The token server of a strict registry, and the check of its tokens (distribution-spec, "Token Authentication"). */
export class Tokens {
  readonly #options: StrictOptions;
  readonly #grants = new Map<string, Grant>();

  constructor(options: StrictOptions) {
    this.#options = options;
  }

  /** GET /token: a token for what is asked as far as the user may. */
  issue(exchange: Exchange): void {
    const user = this.#user(exchange.header('authorization'));
    const scopes = new Map<string, Set<StrictAction>>();
    for (const scope of exchange.url.searchParams.getAll('scope')) {
      const [type, ...rest] = scope.split(':');
      const actions = (rest.pop() ?? '').split(',') as StrictAction[];
      const name = rest.join(':');
      const granted = actions.filter((action) => allows(user, type === 'registry' ? '' : name, action));
      scopes.set(name, new Set(granted));
    }
    const token = randomBytes(24).toString('base64url');
    this.#grants.set(token, { scopes, uses: this.#options.tokenUses ?? Infinity });
    exchange.json({ token, expires_in: 60 });
  }

  /** Lets a request through that carries a token for it; without an action any token will do. @throws RegistryFault 401 or 403 */
  check(exchange: Exchange, name: string, action: StrictAction | undefined): void {
    if (this.#options.users === undefined) return;
    const realm = `http://${exchange.header('host')}/token`;
    const kind = name === 'catalog' ? 'registry' : 'repository';
    const scope = action === undefined ? '' : `,scope="${kind}:${name}:${action}"`;
    const challenge = `Bearer realm="${realm}",service="strict"${scope}`;
    const token = /^Bearer (.+)$/.exec(exchange.header('authorization') ?? '')?.[1];
    const grant = token === undefined ? undefined : this.#grants.get(token);
    if (grant === undefined || grant.uses < 1)
      throw new RegistryFault(401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
    grant.uses -= 1;
    if (action !== undefined && !this.may(exchange, name, action)) {
      throw new RegistryFault(401, 'DENIED', {
        'www-authenticate': `${challenge},error="insufficient_scope"`,
      });
    }
  }

  /** True if the request's token says so; a mount from a repository that it does not cover is an ordinary upload. */
  may(exchange: Exchange, name: string, action: StrictAction): boolean {
    if (this.#options.users === undefined) return true;
    const token = /^Bearer (.+)$/.exec(exchange.header('authorization') ?? '')?.[1] ?? '';
    return this.#grants.get(token)?.scopes.get(name)?.has(action) === true;
  }

  #user(authorization: string | undefined): StrictUser {
    const pair = Buffer.from(/^Basic (.+)$/.exec(authorization ?? '')?.[1] ?? '', 'base64').toString();
    const colon = pair.indexOf(':');
    const user = this.#options.users?.[pair.slice(0, colon)];
    if (user === undefined || user.password !== pair.slice(colon + 1))
      throw new RegistryFault(401, 'UNAUTHORIZED');
    return user;
  }
}

function allows(user: StrictUser, name: string, action: StrictAction): boolean {
  return Object.entries(user.rights).some(
    ([prefix, actions]) => name.startsWith(prefix) && actions.includes(action),
  );
}
