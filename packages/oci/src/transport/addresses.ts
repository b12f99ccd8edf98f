import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * How near an address is to this machine. A registry may send its clients only to places that are as far as itself or
 * farther: a public one not into a private network, a private one not to this machine, nobody to a metadata service.
 */
export type Nearness = 0 | 1 | 2 | 3;

/** Names of the {@link Nearness} values, for messages. */
export const nearnessNames = ['public', 'private', 'loopback', 'link-local, metadata or reserved'] as const;

const metadata = list(
  ['169.254.0.0', 16],
  ['fe80::', 10],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['ff00::', 8],
  // Metadata services outside the link-local range: Alibaba, Azure's wire server, Oracle, AWS over IPv6.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
);
const loopback = list(['127.0.0.0', 8], ['0.0.0.0', 8], ['::1', 128], ['::', 128]);
const privateNet = list(
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['198.18.0.0', 15],
  ['192.0.0.0', 24],
  ['fc00::', 7],
  ['fec0::', 10],
);

/** Classifies a literal address; an IPv6 address that carries an IPv4 one counts as the nearer of both. */
export function nearness(address: string): Nearness {
  const plain = address.split('%')[0] as string;
  if (isIP(plain) === 0) return 3;
  const inner = embeddedIPv4(plain);
  return inner === undefined ? own(plain) : (Math.max(own(plain), own(inner)) as Nearness);
}

/** True for names and addresses that can only be this machine. */
export function isLoopbackName(host: string): boolean {
  return (
    host === 'localhost' || (isIP(host) !== 0 && nearness(host) === 2 && host !== '0.0.0.0' && host !== '::')
  );
}

function own(address: string): Nearness {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  if (metadata.check(address, family)) return 3;
  if (loopback.check(address, family)) return 2;
  return privateNet.check(address, family) ? 1 : 0;
}

/**
 * IPv4-mapped, -compatible and -translated (::ffff:0:0/96, ::/96, ::ffff:0:0:0/96), NAT64 (64:ff9b::/96, and of a network's own
 * 64:ff9b:1::/48, RFC 8215) and 6to4 (2002::/16) addresses.
 */
function embeddedIPv4(address: string): string | undefined {
  if (isIPv4(address)) return undefined;
  const words = expand(address);
  const dotted = (high: number, low: number): string =>
    [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = words;
  if (a === 0x2002) return dotted(b, c);
  const middleIsZero = c === 0 && d === 0 && e === 0;
  if (a === 0x64 && b === 0xff9b && middleIsZero && f === 0) return dotted(g, h);
  if (a === 0x64 && b === 0xff9b && c === 1) return dotted(g, h);
  if (a === 0 && b === 0 && c === 0 && d === 0 && e === 0xffff && f === 0) return dotted(g, h);
  if (a === 0 && b === 0 && middleIsZero && (f === 0 || f === 0xffff) && (g !== 0 || h > 1))
    return dotted(g, h);
  return undefined;
}

function expand(address: string): number[] {
  const hex = new URL(`http://[${address}]`).hostname.slice(1, -1); // normal form: no dotted tail
  const [left = '', right] = hex.split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => parseInt(word, 16));
  if (right === undefined) return words(left);
  const [head, tail] = [words(left), words(right)];
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function list(...subnets: readonly (readonly [string, number])[]): BlockList {
  const result = new BlockList();
  for (const [net, bits] of subnets) result.addSubnet(net, bits, isIPv4(net) ? 'ipv4' : 'ipv6');
  return result;
}
