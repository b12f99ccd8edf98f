import { isRunning } from '../process/process-table.ts';
import { KubeClient } from '../kube-client.ts';
import { clusterImages } from './config-files.ts';
import { issueUser, readAccess } from './credentials.ts';
import { nodeName } from './programs.ts';
import { readState, runFolder } from './run-folder.ts';
import type { ClusterState, ProgramName } from './run-folder.ts';

/** What there is to know of a running cluster; plain data. */
export interface ClusterInfo {
  readonly name: string;
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** The URL of the API server. */
  readonly server: string;
  readonly node: string;
  /** The machine's address on the bridge of the pods, which both sides reach. Istiod listens on it. */
  readonly gateway: string;
  readonly podSubnet: string;
  /** The plain HTTP registry as `host:port`; the same name works on the machine, for kubelet and in a sidecar. */
  readonly registry: { readonly push: string; readonly pull: string };
  /** Images that the registry holds: `proxy` has Envoy, Istio's agent, a shell, iproute2. */
  readonly images: { readonly proxy: string; readonly pause: string };
  readonly istiod: {
    /** What pods resolve `istiod.istio-system.svc` to, and the port of its xDS. */
    readonly address: string;
    readonly xdsPort: number;
    /** `host:port` of its `/metrics` and of its `/debug`, on the machine. */
    readonly monitoring: string;
    readonly debug: string;
  };
  /** One JSON event per line. */
  readonly auditLog: string;
  /** The folder with the output of each program. */
  readonly logs: string;
  readonly programs: Readonly<Record<string, number>>;
}

/** A running cluster. It outlives this process; `clusterDown` ends it. */
export interface Cluster extends ClusterInfo {
  /** Makes a kubeconfig for one more user and gives its path, so that only what this user does can be counted. */
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>;
  /** A small client as the administrator; dispose of it. */
  client(): Promise<KubeClient>;
}

/** How a cluster is. `degraded`: some of its programs have ended, or it never came up; `clusterUp` mends that. */
export type ClusterStatus =
  | { readonly phase: 'down'; readonly name: string }
  | {
      readonly phase: 'up' | 'degraded';
      readonly name: string;
      readonly cluster: ClusterInfo;
      readonly ended: readonly ProgramName[];
    };

const expected = 8;

/** Looks at the processes that are recorded for a cluster. */
export async function clusterStatus(name: string): Promise<ClusterStatus> {
  const state = await readState(runFolder(name));
  if (!state) return { phase: 'down', name };
  const alive = await Promise.all(state.programs.map(isRunning));
  const ended = state.programs.filter((_, index) => !alive[index]).map((program) => program.name);
  const whole = state.phase === 'up' && ended.length === 0 && state.programs.length === expected;
  return { phase: whole ? 'up' : 'degraded', name, cluster: clusterInfo(state), ended };
}

/** The description of a recorded cluster. */
export function clusterInfo(state: ClusterState): ClusterInfo {
  const { name, network, ports } = state;
  const folder = runFolder(name);
  const registry = `${network.gateway}:${ports.registry}`;
  const { pause, proxy } = clusterImages(registry);
  return {
    name,
    kubeconfig: folder.kubeconfig,
    server: `https://127.0.0.1:${ports.apiserver}`,
    node: nodeName,
    gateway: network.gateway,
    podSubnet: network.podSubnet,
    registry: { push: registry, pull: registry },
    images: { proxy, pause },
    istiod: {
      address: network.gateway,
      xdsPort: ports.istiodSecureGrpc,
      monitoring: `127.0.0.1:${ports.istiodMonitoring}`,
      debug: `127.0.0.1:${ports.istiodHttp}`,
    },
    auditLog: folder.auditLog,
    logs: folder.logs,
    programs: Object.fromEntries(state.programs.map((program) => [program.name, program.pid])),
  };
}

/** The handle of a recorded cluster. */
export function clusterHandle(state: ClusterState): Cluster {
  const info = clusterInfo(state);
  const folder = runFolder(state.name);
  return {
    ...info,
    kubeconfigFor: (user, groups = []) => issueUser(folder, info, user, groups),
    client: async () => new KubeClient(await readAccess(folder, info.server)),
  };
}
