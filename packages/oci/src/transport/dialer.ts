import { lookup as dnsLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { OciError } from '../errors.ts';
import { nearness, nearnessNames } from './addresses.ts';
import type { Nearness } from './addresses.ts';

/** Resolves a name to addresses; a port, so that tests decide what a name means. */
export type Resolver = (host: string) => Promise<readonly LookupAddress[]>;

/** Asks the operating system, as every other program here does. */
export const systemResolver: Resolver = (host) =>
  new Promise((resolve, reject) => {
    dnsLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

/** What the connections of one conversation with a registry have learned about where the registry is. */
export interface Whereabouts {
  /** The farthest address under which the registry was met. */
  registry: Nearness | undefined;
}

/** Who asked for this connection: the user by naming the registry, or the registry by a redirect or a token server. */
export type DialRole = 'registry' | 'elsewhere';

/**
 * A connector for undici that decides by the addresses to which a name really resolves, at the moment of connecting:
 * what a URL looks like says nothing (a public name may resolve to a metadata service).
 */
export function dialer(
  role: DialRole,
  whereabouts: Whereabouts,
  options: {
    readonly connectMs: number;
    readonly resolver: Resolver;
    readonly ca: string | readonly string[] | undefined;
  },
): buildConnector.connector {
  const { resolver } = options;
  const accept = (host: string, address: string): boolean => {
    const near = nearness(address);
    if (role === 'elsewhere') return near < 3 && near <= (whereabouts.registry ?? 0);
    // Nobody's registry is found at a metadata service by name; who writes the address means it.
    if (near === 3) return host === address;
    whereabouts.registry = Math.min(whereabouts.registry ?? near, near) as Nearness;
    return true;
  };
  const refuse = (host: string, address: string): OciError =>
    new OciError(
      'address',
      `refused to connect to ${host}: its address is ${nearnessNames[nearness(address)]}` +
        (role === 'elsewhere' ? ', and the registry that points there is farther away' : ''),
    );

  const lookup: LookupFunction = (host, query, callback) => {
    void resolver(host).then(
      (found) => {
        const wanted = found.filter(
          (entry) => !query.family || query.family === entry.family || query.family === `IPv${entry.family}`,
        );
        const allowed = wanted.filter((entry) => accept(host, entry.address));
        const [first] = allowed;
        if (first === undefined) {
          const [bad] = wanted;
          const error = bad === undefined ? new Error(`no address for ${host}`) : refuse(host, bad.address);
          callback(error, '', 0);
        } else if (query.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };
  const connect = buildConnector({
    timeout: options.connectMs,
    lookup,
    autoSelectFamily: true,
    ...(options.ca === undefined ? {} : { ca: options.ca as string | string[] }),
  });
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    // A literal address is never looked up.
    if (isIP(host) !== 0 && !accept(host, host)) callback(refuse(host, host), null);
    else connect(target, callback);
  };
}
