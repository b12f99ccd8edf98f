import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Blobs } from './blobs.ts';
import { Exchange, RegistryFault } from './exchange.ts';
import { catalog, referrers, tags } from './lists.ts';
import { manifests } from './manifests.ts';
import type { StrictAction, StrictOptions } from './options.ts';
import { Store } from './store.ts';
import { Tokens } from './tokens.ts';

/** A running strict registry, with its own empty store. */
export interface StrictRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly url: string;
  readonly store: Store;
  /** Every request so far, as `METHOD path?query`. */
  readonly seen: readonly string[];
}

/**
 * Starts a registry that goes by the letter of distribution-spec 1.1 and does what Debian's docker-registry cannot:
 * bearer tokens by scope, the referrers API, small pages, rate limits, connections that break. The conformance tests of
 * the client run against both, which keeps this one honest.
 */
export async function startStrictRegistry(options: StrictOptions = {}): Promise<StrictRegistry> {
  const store = new Store();
  const tokens = new Tokens(options);
  const blobs = new Blobs(store, options, tokens);
  const seen: string[] = [];
  let limited = options.rateLimit?.times ?? 0;
  let served = false;

  const route = async (exchange: Exchange): Promise<void> => {
    const { pathname } = exchange.url;
    if (pathname === '/token') return tokens.issue(exchange);
    if (limited > 0 && served) {
      limited -= 1;
      served = false;
      throw new RegistryFault(429, 'TOOMANYREQUESTS', {
        'retry-after': String(options.rateLimit?.retryAfter),
      });
    }
    served = true;
    if (pathname === '/v2/') {
      tokens.check(exchange, '', undefined);
      return exchange.json({});
    }
    if (pathname === '/v2/_catalog') {
      tokens.check(exchange, 'catalog', '*');
      return catalog(exchange, store, options);
    }
    const match = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/(.*)$/.exec(pathname);
    const [, name = '', kind = '', rest = ''] = match ?? [];
    const upload = /^(.+)\/blobs\/uploads\/(.*)$/.exec(pathname.slice('/v2/'.length));
    const repository = upload?.[1] ?? name;
    if (repository === '') throw new RegistryFault(404, 'NAME_INVALID');
    tokens.check(exchange, repository, actionOf(exchange.method, upload !== null));
    if (upload !== null) {
      const id = upload[2] ?? '';
      return id === '' ? blobs.begin(exchange, repository) : blobs.upload(exchange, repository, id);
    }
    switch (kind) {
      case 'manifests':
        return manifests(exchange, store, options, name, rest);
      case 'blobs':
        return blobs.blob(exchange, name, rest);
      case 'tags':
        return tags(exchange, store, options, name);
      default:
        if (options.referrers === false) throw new RegistryFault(404, 'NAME_INVALID');
        return referrers(exchange, store, name, rest);
    }
  };

  const server = createServer((incoming, outgoing) => {
    const exchange = new Exchange(incoming, outgoing);
    seen.push(`${exchange.method} ${incoming.url}`);
    outgoing.on('error', () => {});
    void route(exchange).catch((error: unknown) => {
      if (incoming.destroyed && !incoming.complete) return;
      incoming.resume();
      exchange.fault(error instanceof RegistryFault ? error : new RegistryFault(500, 'UNKNOWN'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    store,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function actionOf(method: string, upload: boolean): StrictAction {
  if (method === 'DELETE' && !upload) return 'delete';
  return upload || method === 'PUT' ? 'push' : 'pull';
}
