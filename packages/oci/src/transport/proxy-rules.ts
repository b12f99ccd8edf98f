import { BlockList, isIP, isIPv4 } from 'node:net';
import { OciError } from '../errors.ts';
import { isLoopbackName } from './addresses.ts';

/** Names the proxy for an address; `undefined`: it is reached directly. */
export type ProxyRules = (url: URL) => URL | undefined;

/** Never a proxy. */
export const noProxy: ProxyRules = () => undefined;

/**
 * The rules of HTTPS_PROXY, HTTP_PROXY and NO_PROXY (lower case first), read as Go's programs read them: NO_PROXY is a
 * comma-separated list of `*`, hosts (with all below them; with a leading dot only those), addresses and networks, each
 * with an optional port. This machine itself is never reached through a proxy.
 * @throws OciError `proxy` when a proxy that is needed is no http(s) address
 */
export function proxyRules(env: Readonly<Record<string, string | undefined>>): ProxyRules {
  const read = (name: string): string => (env[name.toLowerCase()] || env[name]) ?? '';
  const proxies = { 'https:': read('HTTPS_PROXY'), 'http:': read('HTTP_PROXY') };
  const exempt = read('NO_PROXY')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map(exemption);
  return (url) => {
    const proxy = url.protocol === 'https:' ? proxies['https:'] : proxies['http:'];
    if (proxy === '') return undefined;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    if (isLoopbackName(host) || exempt.some((matches) => matches(host, port))) return undefined;
    return parseProxy(proxy);
  };
}

function parseProxy(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    // The text may hold a password.
    throw new OciError(
      'proxy',
      'the proxy that HTTPS_PROXY or HTTP_PROXY names is no http:// or https:// address',
    );
  }
  return url;
}

function exemption(entry: string): (host: string, port: string) => boolean {
  if (entry === '*') return () => true;
  const network = /^(.+)\/([0-9]{1,3})$/.exec(entry);
  if (network !== null && isIP(network[1] ?? '') !== 0)
    return inNetwork(network[1] ?? '', Number(network[2]));
  const match = /^(\[[^\]]+\]|[^:]+|[0-9a-f:]+)(?::([0-9]+))?$/.exec(entry);
  const name = (match?.[1] ?? entry).replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
  const only = isIP(entry) === 6 ? undefined : match?.[2];
  return (host, port) => {
    if (only !== undefined && only !== port) return false;
    return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
  };
}

function inNetwork(net: string, bits: number): (host: string) => boolean {
  const family = isIPv4(net) ? 'ipv4' : 'ipv6';
  if (bits > (family === 'ipv4' ? 32 : 128)) return () => false;
  const list = new BlockList();
  list.addSubnet(net, bits, family);
  return (host) => isIP(host) !== 0 && list.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
}
