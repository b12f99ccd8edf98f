import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  httpGet,
  namespaceObject,
  requireComponent,
  sharedCluster,
  skipNote,
  startRegistry,
  waitForWorkload,
  workloadObject,
  workloadPort,
} from '@wasmcast/testbed';
import { describe, expect, test } from 'vitest';
import { commandLine } from './command-line.ts';

const missing = await requireComponent('cluster');
const namespace = 'mirror';
const filter = path.resolve(import.meta.dirname, '../../../examples/filters/add-header');

describe.skipIf(missing !== undefined)(`a private mirror on a real mesh${skipNote(missing)}`, () => {
  test('is where the sidecars pull from, with the secret of their namespace, which a plan tries first', async () => {
    const cluster = await sharedCluster();
    using client = await cluster.client();
    const origin = cluster.registry.push;
    const login = { user: 'puller', password: 'of the mesh' };
    const address = origin.split(':')[0] ?? '';
    const registry = (realm: string) => startRegistry({ address, htpasswd: { ...login, realm } });
    await using mirror = await registry('https://registry.example/');
    const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-mirror-'));
    const cli = commandLine(folder, {
      KUBECONFIG: cluster.kubeconfig,
      DOCKER_CONFIG: folder,
      WASMCAST_INSECURE_REGISTRIES: `${origin},${mirror.host}`,
    });
    const logins = (password: string): string =>
      JSON.stringify({
        auths: { [mirror.host]: { auth: Buffer.from(`${login.user}:${password}`).toString('base64') } },
      });
    const secret = (password: string) =>
      client.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name: 'registry' },
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': Buffer.from(logins(password)).toString('base64') },
      });
    const config = { proxyMetadata: { WASM_INSECURE_REGISTRIES: mirror.host } };
    const annotations = { 'proxy.istio.io/config': JSON.stringify(config) };
    const workload = workloadObject(cluster, { namespace, name: 'shop', annotations });
    const codesOfPlan = async (): Promise<readonly unknown[]> => {
      const { exit, events } = await cli.run(['plan', '-o', 'json']);
      const told = events.filter((event) => event['type'] === 'diagnostic' && event['severity'] === 'error');
      return [exit, ...told.map((event) => event['code'])];
    };
    try {
      await writeFile(path.join(folder, 'config.json'), logins(login.password));
      await client.apply(namespaceObject(namespace));
      await client.apply(workload);
      await cli.ok(['build', filter, '--out', 'greeting.wasm']);
      const { stdout: image } = await cli.ok(['push', `${origin}/mirror/greeting:1`, 'greeting.wasm']);
      await cli.ok(['copy', image.trim(), `${mirror.host}/mirror/greeting:1`]);
      await writeFile(
        path.join(folder, 'wasmcast.yaml'),
        `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: { name: mirror }
filters:
  - name: greeting
    module: { image: "${image.trim()}", pullSecret: registry }
    config: { header: x-greeting, value: mirrored }
targets:
  - { name: mesh, istio: { mirrors: [{ from: "${origin}", to: "${mirror.host}" }] } }
bindings:
  - { name: shop, target: mesh, select: { namespace: ${namespace}, name: shop }, chain: [greeting] }
rollout: { gates: none, timeout: 2m }
`,
      );
      const [pod] = await waitForWorkload(client, workload);
      expect(await codesOfPlan()).toEqual([65, 'WC-AGT-011']);
      await secret('of somebody else');
      expect(await codesOfPlan()).toEqual([65, 'WC-AGT-014']);
      await secret(login.password);

      const { events } = await cli.ok(['apply', '-o', 'json']);
      expect(events.at(-1)).toMatchObject({ type: 'summary', outcome: 'live', live: 1 });
      const { headers } = await httpGet(pod?.ip ?? '', workloadPort, '/');
      expect(headers).toMatchObject({ 'x-greeting': 'mirrored' });
      const { stdout: rendered } = await cli.ok(['render']);
      expect(rendered).toContain(`oci://${mirror.host}/mirror/greeting@`);
      // The agent's own request: ours are by another name.
      expect(mirror.logs()).toMatch(
        /"GET \/v2\/mirror\/greeting\/blobs\/\S+ HTTP\/1\.1" 200 \d+ "" "go-containerregistry/,
      );
      await cli.ok(['remove']);
    } finally {
      await client.delete(namespaceObject(namespace));
      await rm(folder, { recursive: true, force: true });
    }
  });
});
