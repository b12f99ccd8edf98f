import { describe, expect, test } from 'vitest';
import { proxyRules } from './proxy-rules.ts';

const env = { HTTPS_PROXY: 'http://proxy:3128', http_proxy: 'plain:8080' };

describe('which addresses are reached through a proxy', () => {
  test.each([
    ['https://registry.example/v2/', '', 'http://proxy:3128/'],
    ['http://registry.example/v2/', '', 'http://plain:8080/'],
    ['https://localhost:5000/', '', undefined],
    ['https://127.0.0.1/', '', undefined],
    ['https://[::1]:5000/', '', undefined],
    ['https://registry.example/', '*', undefined],
    ['https://registry.example/', 'other, registry.example', undefined],
    ['https://eu.registry.example/', 'registry.example', undefined],
    ['https://notregistry.example/', 'registry.example', 'http://proxy:3128/'],
    ['https://registry.example/', '.registry.example', 'http://proxy:3128/'],
    ['https://eu.registry.example/', '*.registry.example', undefined],
    ['https://registry.example:5000/', 'registry.example:5000', undefined],
    ['https://registry.example/', 'registry.example:5000', 'http://proxy:3128/'],
    ['https://registry.example/', 'registry.example:443', undefined],
    ['https://10.1.2.3/', '10.0.0.0/8', undefined],
    ['https://11.1.2.3/', '10.0.0.0/8', 'http://proxy:3128/'],
    ['https://[fd00::1]/', 'fd00::/8', undefined],
    ['https://[fd00::1]/', 'fd00::1', undefined],
    ['https://registry.example/', '10.0.0.0/99', 'http://proxy:3128/'],
  ])('%s with NO_PROXY=%s', (url, exempt, proxy) => {
    expect(proxyRules({ ...env, NO_PROXY: exempt })(new URL(url))?.href).toBe(proxy);
  });

  test('none is set', () => {
    expect(proxyRules({ HTTPS_PROXY: '' })(new URL('https://registry.example/'))).toBeUndefined();
  });

  test('what is no address is refused when it is needed, without its password', () => {
    const rules = proxyRules({ HTTPS_PROXY: 'socks5://jane:horse@proxy' });
    expect(rules(new URL('https://localhost/'))).toBeUndefined();
    expect(() => rules(new URL('https://registry.example/'))).toThrow(
      expect.objectContaining({ kind: 'proxy', message: expect.not.stringContaining('horse') }),
    );
  });
});
