import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How an Envoy that only validates ended: 0 when it takes all of it, 1 when it refuses, null for a crash or 20 s. */
export interface Validation {
  readonly status: number | null;
  readonly said: string;
}

/** Has an Envoy load, start and configure modules, each in a VM of its own; `folder` is for their files. */
export function validate(envoy: string, folder: string, modules: readonly Uint8Array[]): Validation {
  const files = modules.map((wasm, i) => {
    const file = join(folder, `module-${i}.wasm`);
    writeFileSync(file, wasm);
    return file;
  });
  const config = join(folder, 'envoy.json');
  writeFileSync(config, JSON.stringify(bootstrap(files)));
  const args = ['--mode', 'validate', '-c', config, '--log-level', 'warning', '--disable-hot-restart'];
  const run = spawnSync(envoy, args, { encoding: 'utf8', timeout: 20_000 });
  return { status: run.status, said: `${run.stdout}${run.stderr}` };
}

function bootstrap(files: readonly string[]): object {
  const type = (name: string): { '@type': string } => ({
    '@type': `type.googleapis.com/envoy.extensions.filters.${name}`,
  });
  const filters = files.map((filename, i) => {
    const vm = { vm_id: `${i}`, runtime: 'envoy.wasm.runtime.v8', code: { local: { filename } } };
    return {
      name: `wasm-${i}`,
      typed_config: { ...type('http.wasm.v3.Wasm'), config: { name: `checked-${i}`, vm_config: vm } },
    };
  });
  const manager = {
    ...type('network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'checked',
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }],
        },
      ],
    },
    http_filters: [...filters, { name: 'router', typed_config: type('http.router.v3.Router') }],
  };
  const address = { socket_address: { address: '127.0.0.1', port_value: 0 } };
  const chain = { filters: [{ name: 'http', typed_config: manager }] };
  return { static_resources: { listeners: [{ name: 'checked', address, filter_chains: [chain] }] } };
}
