import { lookup as dnsLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { OciError } from '../errors.ts';
import { isLoopbackName, nearness, nearnessNames } from './addresses.ts';
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

/** What a connection shows and trusts; PEM. */
export interface TlsOptions {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

/** True if a connection of this role may go to this address; notes where the registry is. `host` is the name that was asked for. */
function accept(role: DialRole, whereabouts: Whereabouts, host: string, address: string): boolean {
  const near = nearness(address);
  if (role === 'elsewhere') return near < 3 && near <= (whereabouts.registry ?? 0);
  // Nobody's registry is found at a metadata service by name; who writes the address means it.
  if (near === 3) return host === address;
  whereabouts.registry = Math.min(whereabouts.registry ?? near, near) as Nearness;
  return true;
}

function refusal(role: DialRole, host: string, address: string): OciError {
  return new OciError(
    'address',
    `refused to connect to ${host}: its address is ${nearnessNames[nearness(address)]}` +
      (role === 'elsewhere' ? ', and the registry that points there is farther away' : ''),
  );
}

/**
 * Judges a host that a proxy will dial for us: only literal addresses and names of this machine can be judged here, what
 * other names mean is the proxy's knowledge. @throws OciError `address`
 */
export function judgeProxied(role: DialRole, whereabouts: Whereabouts, hostname: string): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = isIP(host) === 0 && isLoopbackName(host) ? '127.0.0.1' : host;
  if (isIP(address) !== 0 && !accept(role, whereabouts, host, address)) throw refusal(role, host, address);
}

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
    readonly tls: TlsOptions;
  },
): buildConnector.connector {
  const { resolver } = options;
  const lookup: LookupFunction = (host, query, callback) => {
    void resolver(host).then(
      (found) => {
        const wanted = found.filter(
          (entry) => !query.family || query.family === entry.family || query.family === `IPv${entry.family}`,
        );
        const allowed = wanted.filter((entry) => accept(role, whereabouts, host, entry.address));
        const [first] = allowed;
        if (first === undefined) {
          const [bad] = wanted;
          const error =
            bad === undefined ? new Error(`no address for ${host}`) : refusal(role, host, bad.address);
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
    ...options.tls,
  });
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    // A literal address is never looked up.
    if (isIP(host) !== 0 && !accept(role, whereabouts, host, host)) callback(refusal(role, host, host), null);
    else connect(target, callback);
  };
}
