import { describe, expect, test } from 'vitest';
import {
  buildRustFilter,
  httpGet,
  packagePath,
  requireComponent,
  skipNote,
  startEnvoy,
} from '../src/index.ts';
import { echoBootstrap } from '../src/workload/echo-app.ts';

const missing = (await requireComponent('rust')) ?? (await requireComponent('envoy'));
const types = 'type.googleapis.com';

/** The echo of the workloads with a filter before it. */
function filtered(module: string, configuration: string): string {
  const bootstrap = structuredClone(echoBootstrap('app', 0)) as {
    static_resources: {
      listeners: { filter_chains: { filters: { typed_config: { http_filters: unknown[] } }[] }[] }[];
    };
  };
  const chain =
    bootstrap.static_resources.listeners[0]?.filter_chains[0]?.filters[0]?.typed_config.http_filters;
  chain?.unshift({
    name: 'tag',
    typed_config: {
      '@type': `${types}/envoy.extensions.filters.http.wasm.v3.Wasm`,
      config: {
        root_id: 'tag',
        configuration: { '@type': `${types}/google.protobuf.StringValue`, value: configuration },
        vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: module } } },
      },
    },
  });
  return JSON.stringify(bootstrap);
}

describe.skipIf(missing !== undefined)(`the Rust filter${skipNote(missing)}`, () => {
  test(
    'adds its header in a real Envoy, before an app that echoes the request',
    { timeout: 180_000 },
    async () => {
      const module = await buildRustFilter(packagePath('fixtures', 'rust-tag'));
      await using envoy = await startEnvoy(filtered(module, '{"x-tag": "from rust"}'));
      const port = await envoy.listenerPort('echo');
      const answer = await httpGet('127.0.0.1', port, '/a?b="c"', {
        method: 'POST',
        headers: { 'x-sent': 'tab\there' },
        body: 'two\nlines',
      });
      expect(answer).toMatchObject({ status: 200, headers: { 'x-tag': 'from rust', 'x-app': 'app' } });
      expect(JSON.parse(answer.body)).toMatchObject({
        app: 'app',
        method: 'POST',
        path: '/a?b="c"',
        headers: { 'x-sent': 'tab\there' },
        body: 'two\nlines',
      });
    },
  );

  test('refuses a configuration that is no object of headers', { timeout: 180_000 }, async () => {
    const module = await buildRustFilter(packagePath('fixtures', 'rust-tag'));
    await expect(startEnvoy(filtered(module, 'nothing'))).rejects.toMatchObject({
      message: expect.stringContaining('the configuration must be'),
    });
  });
});
