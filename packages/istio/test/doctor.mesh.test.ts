import {
  type Chain,
  type DesiredFilter,
  type Diagnosis,
  type Finding,
  type Observed,
  type Sha256,
} from '@wasmcast/core';
import type { ModuleFixture } from '@wasmcast/core/testing';
import {
  type Cluster,
  httpGet,
  type KubeClient,
  type KubeObject,
  requireComponent,
  skipNote,
  workloadPort,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IstioTarget } from '../src/index.ts';
import { MeshRoom, meshFilter } from './mesh-room.ts';
import { inRegistry, openMesh } from './mesh.ts';
import { compileModules, withImport } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'doctor';
/** Each is broken in its own way; what doctor has to say of it. Where no new pod comes up, an old one still is there. */
const broken = {
  edited: ['WC-DOC-014'],
  deleted: ['WC-DOC-013'],
  unmounted: ['WC-DOC-012'],
  paused: ['WC-DOC-008'],
  uninjected: ['WC-DOC-020'],
  absent: ['WC-DOC-031'],
  unknown: ['WC-DOC-040'],
  refusing: ['WC-DOC-042', 'WC-DOC-008'],
  nofile: ['WC-DOC-041', 'WC-DOC-008'],
  trapping: ['WC-DOC-050'],
} as const;
type Name = keyof typeof broken;
const names = Object.keys(broken) as readonly Name[];
/** Those that are live before they are broken. */
const wellAtFirst: readonly Name[] = ['edited', 'deleted', 'unmounted', 'uninjected', 'trapping'];

describe.skipIf(missing !== undefined)(`doctor on a real mesh${skipNote(missing)}`, () => {
  let room: MeshRoom;
  const signal = AbortSignal.timeout(280_000);
  let cluster: Cluster;
  let client: KubeClient;
  let target: IstioTarget;
  let namespace: string;
  let module: ModuleFixture & Required<Pick<ModuleFixture, 'image'>>;
  let unknown: typeof module;
  let diagnosis: Diagnosis;
  let expected: readonly Chain[];

  const workload = (name: Name): KubeObject => room.object(name);
  const observe = (on?: IstioTarget): Promise<Observed> => room.observe(fleet, names, on);

  const filterFor = (name: Name): DesiredFilter => {
    const config = { kind: 'json', value: { is: name } } as const;
    const repository = module.image.reference.split('@')[0];
    const nothing = 'f'.repeat(64) as Sha256;
    const absent = { reference: `${repository}@sha256:${nothing}`, digest: nothing };
    const changes: Partial<Record<Name, Partial<DesiredFilter>>> = {
      absent: { delivery: 'image', image: absent },
      unknown: { delivery: 'image' },
      refusing: { config: { kind: 'json', value: { do: 'refuse' } } },
      trapping: { config: { kind: 'json', value: { do: 'trap' } } },
    };
    const change = { config, onFailure: 'closed', ...changes[name] } as const;
    return meshFilter(name, name === 'unknown' ? unknown : module, change);
  };

  const patch = async (object: KubeObject, body: unknown, manager: string): Promise<void> => {
    const path = `${await client.path(object)}?fieldManager=${manager}`;
    await client.request('PATCH', path, body, { contentType: 'application/merge-patch+json' });
  };
  const envoyFilterOf = async (name: Name): Promise<KubeObject> => {
    const path = `/apis/networking.istio.io/v1alpha3/namespaces/${namespace}/envoyfilters`;
    const { items } = (await client.request('GET', path)) as { readonly items: readonly KubeObject[] };
    const found = items.find(({ metadata }) => metadata.name.startsWith(`wasmcast-${fleet}-${name}-`));
    if (found === undefined) throw new Error(`no EnvoyFilter for ${name}`);
    return { ...found, apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter' };
  };
  const findingOf = (name: Name): Finding | undefined =>
    diagnosis.findings.find(({ subject, severity }) => severity === 'error' && subject.endsWith(`/${name}`));

  beforeAll(async () => {
    room = await MeshRoom.open('doctor', (stateNamespace) => ({ stateNamespace }));
    ({ cluster, client, namespace, target } = room);
    const { a } = await compileModules();
    module = await inRegistry(cluster, 'doctor', a);
    unknown = await inRegistry(cluster, 'doctor-unknown', withImport(a.bytes));
    await client.apply(fileless(namespace));
    await Promise.all(names.map((name) => client.apply(workload(name))));
    await Promise.all(names.filter((n) => n !== 'nofile').map((n) => room.address(n)));
    await patch(workload('paused'), { spec: { paused: true } }, 'somebody');

    const observed = await observe();
    expected = observed.workloads.map(({ id }): Chain => ({
      workload: id,
      direction: 'inbound',
      filters: [filterFor(id.name as Name)],
    }));
    await room.deliver(fleet, expected, module);
  });

  const notLive = async (chains: readonly Chain[]): Promise<readonly string[]> =>
    (await room.read(fleet, chains))
      .filter(({ filters }) => filters.some(({ verdict }) => verdict !== 'live'))
      .map(({ instance }) => instance.name);

  const breakThem = async (): Promise<void> => {
    await httpGet(await room.address('trapping'), workloadPort).catch(() => undefined);
    const priority = { spec: { priority: 1, configPatches: [] } };
    await patch(await envoyFilterOf('edited'), priority, 'kubectl-edit');
    await client.delete(await envoyFilterOf('deleted'));
    const bare = { 'sidecar.istio.io/userVolume': null, 'sidecar.istio.io/userVolumeMount': null };
    const label = { [`mounts.wasmcast.dev/${fleet}`]: null };
    await patch(
      workload('unmounted'),
      { spec: { template: { metadata: { annotations: { ...bare, synced: 'yes' }, labels: label } } } },
      'argocd-controller',
    );
    const off = { 'sidecar.istio.io/inject': 'false' };
    await patch(workload('uninjected'), { spec: { template: { metadata: { labels: off } } } }, 'somebody');
  };

  afterAll(() => room[Symbol.asyncDispose]());

  it('finds the cause of each, and nothing else', async () => {
    const well = expected.filter(({ workload: { name } }) => wellAtFirst.includes(name as Name));
    await expect.poll(async () => await notLive(well), { timeout: 90_000, interval: 1000 }).toEqual([]);
    await breakThem();
    const codes = async (): Promise<object> => {
      diagnosis = await target.diagnose(fleet, expected, await observe(), signal);
      return Object.fromEntries(
        names.map((name) => [
          name,
          diagnosis.findings
            .filter(({ severity, subject }) => severity === 'error' && subject.endsWith(`/${name}`))
            .map(({ code }) => code)
            .toSorted()
            .toReversed(),
        ]),
      );
    };
    // Pods come and go for a while: a pod on its way out is a finding of its own.
    await expect.poll(codes, { timeout: 90_000, interval: 2000 }).toEqual(broken);
    expect(diagnosis.instances).toBeGreaterThanOrEqual(names.length);
    expect(diagnosis.unseen).toEqual([]);
  });

  it('says who did it, in whose words, and what to do', () => {
    expect(findingOf('edited')?.cause).toMatch(/somebody edited EnvoyFilter .* by kubectl-edit at \d{4}-/);
    expect(findingOf('unmounted')?.cause).toContain('argocd-controller writes it');
    expect(findingOf('paused')?.next).toEqual([`kubectl rollout resume deployment/paused -n ${namespace}`]);
    expect(findingOf('uninjected')?.evidence).toEqual([
      'sidecar.istio.io/inject: "false" on the pod template',
    ]);
    expect(findingOf('absent')).toMatchObject({
      cause: expect.stringMatching(
        /the registry does not have the image: .*; meanwhile every request gets 403/,
      ) as string,
      evidence: [expect.stringMatching(/MANIFEST_UNKNOWN/) as string],
    });
    expect(findingOf('unknown')?.cause).toContain('env.proxy_add_header_map_valuf');
    expect(findingOf('nofile')?.evidence).toEqual([
      'Envoy refused an update: Invalid path: /var/nowhere/module.wasm',
    ]);
    expect(findingOf('trapping')?.evidence[0]).toContain('proxy_on_request_headers');
  });

  it('without rights it says what it could not see, and does not guess', async () => {
    const user = 'doctor-reader';
    const kubeconfig = await cluster.kubeconfigFor(user);
    const apiGroup = 'rbac.authorization.k8s.io';
    const metadata = { name: user, namespace };
    const resources = ['pods', 'configmaps', 'deployments', 'statefulsets', 'daemonsets', 'envoyfilters'];
    const verbs = ['get', 'list'];
    const rules = [
      { apiGroups: ['*'], resources: [...resources, 'wasmplugins', 'trafficextensions'], verbs },
    ];
    await client.apply({ apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules });
    const roleRef = { apiGroup, kind: 'Role', name: user };
    const subjects = [{ apiGroup, kind: 'User', name: user }];
    await client.apply({ apiVersion: `${apiGroup}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects });
    await using poor = await openMesh({ ...cluster, kubeconfig }, { stateNamespace: namespace });
    const seen = await poor.diagnose(fleet, expected, await observe(poor), signal);
    const codes = new Set(
      seen.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code),
    );
    // What has no proxy to look into is known all the same; what only logs and proxies tell is not made up.
    expect([...codes]).toEqual(expect.arrayContaining(['WC-DOC-001', 'WC-DOC-020']));
    expect([...codes].filter((code) => code >= 'WC-DOC-021')).toEqual([]);
    expect(seen.unseen).toEqual([
      `authorizationpolicies in ${namespace}: no right to list them`,
      ...['authorizationpolicies', 'envoyfilters'].map((r) => `${r} in istio-system: no right to list them`),
      `events in ${namespace}: no right to list them`,
      `logs in ${namespace}: no right to get pods/log`,
      ...[namespace, 'istio-system'].map((n) => `requestauthentications in ${n}: no right to list them`),
      ...['trafficextensions', 'wasmplugins'].map((r) => `${r} in istio-system: no right to list them`),
    ]);
  });
});

/** Somebody's own filter, whose file no pod has. */
function fileless(namespace: string): KubeObject {
  const vm = { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: '/var/nowhere/module.wasm' } } };
  const type = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm';
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'theirs', namespace },
    spec: {
      workloadSelector: { labels: { app: 'nofile' } },
      configPatches: [
        {
          applyTo: 'HTTP_FILTER',
          match: {
            context: 'SIDECAR_INBOUND',
            listener: { filterChain: { filter: { name: 'envoy.filters.network.http_connection_manager' } } },
          },
          patch: {
            operation: 'INSERT_FIRST',
            value: {
              name: 'theirs',
              typed_config: { '@type': type, config: { name: 'theirs', vm_config: vm } },
            },
          },
        },
      ],
    },
  };
}
