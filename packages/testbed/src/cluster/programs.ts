import { join } from 'node:path';
import type { ClusterComponents } from '../cache/components.ts';
import type { ClusterPki } from './credentials.ts';
import type { ClusterNetwork } from './network.ts';
import type { ClusterPorts, ProgramName, RunFolder } from './run-folder.ts';

/** A program of a cluster, ready to be started. */
export interface Program {
  readonly name: ProgramName;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** All that the command lines depend on. */
export interface ProgramContext {
  readonly components: ClusterComponents;
  readonly folder: RunFolder;
  readonly network: ClusterNetwork;
  readonly ports: ClusterPorts;
  readonly pki: ClusterPki;
}

/** The same for the control plane alone, which needs no node. */
export interface ControlPlaneContext {
  readonly components: Pick<ClusterComponents, 'kubernetes' | 'etcd'>;
  readonly folder: Pick<RunFolder, 'data' | 'pki' | 'kubeconfig' | 'auditLog'>;
  readonly network: Pick<ClusterNetwork, 'gateway' | 'serviceSubnet'>;
  readonly ports: Pick<ClusterPorts, 'etcd' | 'etcdPeer' | 'apiserver'>;
  readonly pki: ClusterPki;
}

type ControlPlaneProgram = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** The one node. */
export const nodeName = 'node1';

/** The command lines of a cluster's programs. Files that they name are written by `writeConfigFiles`. */
export function clusterPrograms(context: ProgramContext): Readonly<Record<ProgramName, Program>> {
  const { components, folder, network, ports } = context;
  const inData = (file: string): string => join(folder.data, file);
  return {
    ...controlPlanePrograms(context),
    registry: { name: 'registry', command: 'docker-registry', args: ['serve', inData('registry.yml')] },
    containerd: {
      name: 'containerd',
      command: join(components.containerd, 'containerd'),
      args: ['--config', inData('containerd.toml')],
    },
    kubelet: kubernetesProgram(components, 'kubelet', [
      `--config=${inData('kubelet.yaml')}`,
      `--kubeconfig=${folder.kubeconfig}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.gateway}`,
      `--root-dir=${inData('kubelet')}`,
    ]),
    istiod: {
      name: 'istiod',
      command: join(components.istio, 'pilot-discovery'),
      args: [
        'discovery',
        `--kubeconfig=${folder.kubeconfig}`,
        `--meshConfig=${inData('mesh.yaml')}`,
        `--networksConfig=${inData('networks.yaml')}`,
        `--httpsAddr=127.0.0.1:${ports.istiodWebhook}`,
        `--grpcAddr=${network.gateway}:${ports.istiodGrpc}`,
        `--secureGRPCAddr=${network.gateway}:${ports.istiodSecureGrpc}`,
        `--httpAddr=127.0.0.1:${ports.istiodHttp}`,
        `--monitoringAddr=127.0.0.1:${ports.istiodMonitoring}`,
        '--ctrlz_port=0',
      ],
      env: istiodEnvironment,
    },
  };
}

/** The command lines of the control plane. */
export function controlPlanePrograms(
  context: ControlPlaneContext,
): Readonly<Record<ControlPlaneProgram, Program>> {
  const { components, folder, ports, pki } = context;
  const loopback = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    etcd: {
      name: 'etcd',
      command: join(components.etcd, 'etcd'),
      args: [
        `--data-dir=${join(folder.data, 'etcd')}`,
        `--listen-client-urls=${loopback(ports.etcd)}`,
        `--advertise-client-urls=${loopback(ports.etcd)}`,
        `--listen-peer-urls=${loopback(ports.etcdPeer)}`,
        `--initial-advertise-peer-urls=${loopback(ports.etcdPeer)}`,
        `--initial-cluster=default=${loopback(ports.etcdPeer)}`,
        // What is in it is worth nothing after a crash of the machine.
        '--unsafe-no-fsync',
      ],
    },
    'kube-apiserver': kubernetesProgram(components, 'kube-apiserver', apiserverArgs(context)),
    'kube-controller-manager': kubernetesProgram(components, 'kube-controller-manager', [
      `--kubeconfig=${folder.kubeconfig}`,
      `--service-account-private-key-file=${pki.serviceAccountKey}`,
      `--root-ca-file=${pki.ca}`,
      '--use-service-account-credentials',
      '--leader-elect=false',
      '--secure-port=0',
    ]),
    'kube-scheduler': kubernetesProgram(components, 'kube-scheduler', [
      `--kubeconfig=${folder.kubeconfig}`,
      '--leader-elect=false',
      '--secure-port=0',
    ]),
  };
}

function kubernetesProgram(
  { kubernetes }: Pick<ClusterComponents, 'kubernetes'>,
  name: ProgramName,
  args: readonly string[],
): Program {
  return { name, command: join(kubernetes, name), args };
}

function apiserverArgs({ folder, network, ports, pki }: ControlPlaneContext): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    `--secure-port=${ports.apiserver}`,
    '--bind-address=127.0.0.1',
    // Of the machine's addresses, the one that is sure to be there.
    `--advertise-address=${network.gateway}`,
    `--cert-dir=${folder.pki}`,
    `--tls-cert-file=${pki.server.certificate}`,
    `--tls-private-key-file=${pki.server.key}`,
    `--client-ca-file=${pki.ca}`,
    `--service-account-key-file=${pki.serviceAccountKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${network.serviceSubnet}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${pki.admin.certificate}`,
    `--kubelet-client-key=${pki.admin.key}`,
    `--audit-policy-file=${join(folder.data, 'audit-policy.yaml')}`,
    `--audit-log-path=${folder.auditLog}`,
    // In MB. Counting needs the whole file: it must not be rotated.
    '--audit-log-maxsize=100000',
    '--audit-log-mode=blocking',
  ];
}

const istiodEnvironment = {
  POD_NAMESPACE: 'istio-system',
  POD_NAME: 'istiod-0',
  CLUSTER_ID: 'Kubernetes',
  REVISION: 'default',
  ISTIOD_CUSTOM_HOST: 'localhost',
  INJECTION_WEBHOOK_CONFIG_NAME: 'istio-sidecar-injector',
  VALIDATION_WEBHOOK_CONFIG_NAME: 'istio-validator-istio-system',
  // These bring filters that only Istio's own Envoy has; ours would refuse every listener with them.
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_DISABLE_MX_ALPN: 'true',
  PILOT_ENABLE_ALPN_FILTER: 'false',
} as const;
