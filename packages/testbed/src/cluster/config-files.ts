import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { which } from '../process/which.ts';
import { registryConfig } from '../registry/start-registry.ts';
import { cgroupRoot } from './cgroups.ts';
import { cniNetworkName } from './clean-up.ts';
import { meshConfig } from './mesh-objects.ts';
import type { ProgramContext } from './programs.ts';
import type { ClusterPorts } from './run-folder.ts';

/** The images that a cluster's registry holds from the start. */
export function clusterImages(registry: string): {
  readonly hub: string;
  readonly tag: string;
  readonly pause: string;
  readonly proxy: string;
} {
  const hub = `${registry}/testbed`;
  const tag = '1';
  return { hub, tag, pause: `${hub}/pause:${tag}`, proxy: `${hub}/proxyv2:${tag}` };
}

/** How pods name istiod, as `host:port`. */
export function istiodAddress(ports: ClusterPorts): string {
  return `istiod.istio-system.svc:${ports.istiodSecureGrpc}`;
}

/** Writes the files that the programs are started with. */
export async function writeConfigFiles(name: string, context: ProgramContext): Promise<void> {
  const { folder, network, ports } = context;
  const registry = `${network.gateway}:${ports.registry}`;
  const runc = (await which('runc')) ?? 'runc';
  const files: Readonly<Record<string, string>> = {
    'registry.yml': registryConfig(registry, join(folder.data, 'registry')),
    'audit-policy.yaml': stringify(auditPolicy),
    'containerd.toml': containerdConfig(context, registry, runc),
    [`certs.d/${registry}/hosts.toml`]: `server = "http://${registry}"\n[host."http://${registry}"]\n  capabilities = ["pull", "resolve"]\n`,
    'cni/net.d/10-bridge.conflist': JSON.stringify(cniConfig(name, context)),
    'kubelet.yaml': stringify(kubeletConfig(name, context)),
    'mesh.yaml': stringify(meshConfig({ istiod: istiodAddress(ports), insecureRegistry: registry })),
    'networks.yaml': 'networks: {}\n',
  };
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder.data, file);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
  }
}

/** Every request once, when it has been answered; a test that counts reads needs those too. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'None', nonResourceURLs: ['/readyz*', '/livez*', '/healthz*'] }, { level: 'Metadata' }],
};

function containerdConfig({ folder }: ProgramContext, registry: string, runc: string): string {
  const inData = (file: string): string => JSON.stringify(join(folder.data, file));
  return `version = 3
root = ${inData('containerd')}
state = ${inData('containerd-state')}
[grpc]
  address = ${inData('containerd.sock')}
[plugins.'io.containerd.internal.v1.opt']
  path = ${inData('containerd-opt')}
[plugins.'io.containerd.nri.v1.nri']
  disable = true
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = ${JSON.stringify(clusterImages(registry).pause)}
[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = ${inData('certs.d')}
[plugins.'io.containerd.cri.v1.runtime']
  # Without CAP_SYS_RESOURCE runc cannot lower a score, and every sandbox would die.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/usr/lib/cni", "/opt/cni/bin"]
  conf_dir = ${inData('cni/net.d')}
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    SystemdCgroup = false
    BinaryName = ${JSON.stringify(runc)}
`;
}

function cniConfig(name: string, { folder, network }: ProgramContext): unknown {
  return {
    cniVersion: '0.4.0',
    name: cniNetworkName(name),
    plugins: [
      {
        type: 'bridge',
        bridge: network.bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: join(folder.data, 'cni', 'ipam'),
          ranges: [[{ subnet: network.podSubnet }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

function kubeletConfig(name: string, { folder, network, ports, pki }: ProgramContext): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.gateway,
    port: ports.kubelet,
    readOnlyPort: 0,
    healthzBindAddress: '127.0.0.1',
    healthzPort: ports.kubeletHealth,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: pki.ca },
    },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${join(folder.data, 'containerd.sock')}`,
    podLogsDir: join(folder.data, 'pod-logs'),
    volumePluginDir: join(folder.data, 'volume-plugins'),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroupRoot(name),
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    // Its chains would stay in this machine's iptables.
    makeIPTablesUtilChains: false,
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    registryPullQPS: 0,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    eventRecordQPS: 0,
    syncFrequency: '5s',
    configMapAndSecretChangeDetectionStrategy: 'Watch',
    maxPods: 250,
  };
}
