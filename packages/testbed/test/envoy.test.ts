import { describe, expect, test } from 'vitest';
import { httpGet, requireComponent, skipNote, startEnvoy, versions } from '../src/index.ts';

const missing = await requireComponent('envoy');

const bootstrap = (body: string): string => `
static_resources:
  listeners:
  - name: web
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: "${body}"}}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`;

describe.skipIf(missing !== undefined)(`a real Envoy${skipNote(missing)}`, () => {
  test('two of them serve side by side, each on ports of its own', async () => {
    await using first = await startEnvoy(bootstrap('one'));
    await using second = await startEnvoy(bootstrap('two'));
    const ports = [await first.listenerPort('web'), await second.listenerPort('web')] as const;
    expect((await httpGet('127.0.0.1', ports[0])).body).toBe('one');
    expect((await httpGet('127.0.0.1', ports[1])).body).toBe('two');
    expect(JSON.parse(await first.adminGet('/server_info'))).toMatchObject({
      version: expect.stringContaining(versions.envoy),
      command_line_options: { concurrency: 1 },
    });
    expect(first.admin.port).not.toBe(second.admin.port);
  });

  test('a bootstrap that it refuses is an error with its own words', async () => {
    const refused = bootstrap('x').replace(
      'stat_prefix: web',
      'stat_prefix: web\n          no_such_field: 1',
    );
    await expect(startEnvoy(refused)).rejects.toMatchObject({
      code: 'WC-BED-004',
      message: expect.stringContaining('no_such_field'),
    });
  });

  test('disposing of it ends its process', async () => {
    const envoy = await startEnvoy(bootstrap('x'), { logLevel: 'warning' });
    await envoy[Symbol.asyncDispose]();
    await expect(envoy.ended).resolves.toMatch(/code 0|SIGTERM/u);
    expect(() => process.kill(envoy.pid, 0)).toThrow('ESRCH');
  });
});
