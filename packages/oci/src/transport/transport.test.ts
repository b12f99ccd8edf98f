import type { LookupAddress } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../limits.ts';
import { startServer } from '../testing/scripted-registry.ts';
import { isLoopbackName, nearness } from './addresses.ts';
import { dialer } from './dialer.ts';
import type { DialRole, Resolver, Whereabouts } from './dialer.ts';
import { redirectTarget } from './redirect.ts';
import { retryDelay } from './retry.ts';
import type { HopResponse } from './transport.ts';

describe('addresses', () => {
  test.each([
    ['8.8.8.8', 0],
    ['2606:4700::1111', 0],
    ['10.1.2.3', 1],
    ['172.31.0.1', 1],
    ['172.32.0.1', 0],
    ['192.168.1.1', 1],
    ['100.64.0.1', 1],
    ['fd12::1', 1],
    ['127.0.0.1', 2],
    ['127.255.0.1', 2],
    ['0.0.0.0', 2],
    ['::1', 2],
    ['::', 2],
    ['::ffff:127.0.0.1', 2],
    ['::ffff:7f00:1', 2],
    ['64:ff9b::a00:1', 1],
    ['64:ff9b:1::a00:1', 1],
    ['64:ff9b:1:2:3:4:a9fe:a9fe', 3],
    ['::ffff:0:169.254.169.254', 3],
    ['::ffff:0:127.0.0.1', 2],
    ['2002:7f00:1::', 2],
    ['169.254.169.254', 3],
    ['::ffff:a9fe:a9fe', 3],
    ['64:ff9b::169.254.169.254', 3],
    ['fe80::1%eth0', 3],
    ['fd00:ec2::254', 3],
    ['100.100.100.200', 3],
    ['168.63.129.16', 3],
    ['255.255.255.255', 3],
    ['not an address', 3],
  ])('%s is of nearness %i', (address, near) => {
    expect(nearness(address)).toBe(near);
  });

  test('only names that cannot be another machine are loopback names', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '::1'].every(isLoopbackName)).toBe(true);
    expect(
      ['localhost.evil.example', 'registry.local', '0.0.0.0', '::', '10.0.0.1'].some(isLoopbackName),
    ).toBe(false);
  });
});

describe('the dialer goes by the address that a name resolves to', () => {
  const localhost: Resolver = () =>
    Promise.resolve([{ address: '127.0.0.1', family: 4 }] satisfies LookupAddress[]);

  async function dial(
    role: DialRole,
    whereabouts: Whereabouts,
    host: string,
    resolver = localhost,
  ): Promise<string> {
    await using server = await startServer();
    const connect = dialer(role, whereabouts, { connectMs: 1000, resolver, tls: {} });
    const port = server.host.split(':')[1] as string;
    return await new Promise((resolve) => {
      connect({ hostname: host, host, protocol: 'http:', port }, (error, socket) => {
        socket?.destroy();
        resolve(error === null ? 'connected' : ((error as { code?: string }).code ?? error.message));
      });
    });
  }

  test.each<[DialRole, Whereabouts['registry'], string, string]>([
    ['registry', undefined, 'registry.test', 'connected'],
    ['registry', undefined, '127.0.0.1', 'connected'],
    ['elsewhere', 2, 'storage.test', 'connected'],
    ['elsewhere', 2, '127.0.0.1', 'connected'],
    ['elsewhere', 1, 'storage.test', 'WC-OCI-013'],
    ['elsewhere', 1, '127.0.0.1', 'WC-OCI-013'],
    ['elsewhere', 0, 'storage.test', 'WC-OCI-013'],
    ['elsewhere', undefined, '127.0.0.1', 'WC-OCI-013'],
    ['elsewhere', 2, '169.254.169.254', 'WC-OCI-013'],
  ])('as %s, the registry being at nearness %s, to %s: %s', async (role, registry, host, outcome) => {
    expect(await dial(role, { registry }, host)).toBe(outcome);
  });

  test('and no name leads a registry to a metadata service', async () => {
    const metadata: Resolver = () => Promise.resolve([{ address: '169.254.169.254', family: 4 }]);
    expect(await dial('registry', { registry: undefined }, 'registry.test', metadata)).toBe('WC-OCI-013');
  });

  test('and the farthest address of the registry counts, so a name that changes its mind gains nothing', async () => {
    const whereabouts: Whereabouts = { registry: 0 };
    expect(await dial('registry', whereabouts, 'registry.test')).toBe('connected');
    expect(whereabouts.registry).toBe(0);
    expect(await dial('elsewhere', whereabouts, 'storage.test')).toBe('WC-OCI-013');
  });
});

describe('redirects and retries', () => {
  const answer = (location?: string) => ({ headers: { location }, place: 'x' }) as unknown as HopResponse;
  const from = new URL('https://r.example/v2/a/blobs/x');

  test.each(['http://r.example/x', 'ftp://r.example', 'https://u:p@r.example/', 'https://[', undefined])(
    'a redirect from TLS to %s is refused',
    (location) => {
      expect(() => redirectTarget(from, answer(location))).toThrow(
        expect.objectContaining({ code: 'WC-OCI-012' }),
      );
    },
  );

  test('a relative redirect stays', () => {
    expect(redirectTarget(from, answer('/y?z')).href).toBe('https://r.example/y?z');
  });

  test('delays grow, follow the registry, and have a bound', () => {
    for (const count of [1, 2, 3]) {
      const delay = retryDelay(count, undefined, defaultLimits);
      expect(delay).toBeGreaterThanOrEqual(defaultLimits.retryBaseMs * 2 ** (count - 2));
      expect(delay).toBeLessThanOrEqual(defaultLimits.retryBaseMs * 2 ** (count - 1));
    }
    expect(retryDelay(1, 5000, defaultLimits)).toBe(5000);
    expect(retryDelay(30, 86_400_000, defaultLimits)).toBe(defaultLimits.retryMaxMs);
  });
});
