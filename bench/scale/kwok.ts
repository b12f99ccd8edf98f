import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { goProgram, type KubeClient } from '@wasmcast/testbed';
import { nodeAnnotation, nodeObject } from './world.ts';

/** A node whose pods are played has to become ready by a stage of kwok's. */
const nodeIsReady = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: node-is-ready}
spec:
  resourceRef: {apiGroup: v1, kind: Node}
  selector:
    matchExpressions:
    - {key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: NotIn, values: ["True"]}
  next:
    statusTemplate: |
      conditions:
      - {type: Ready, status: "True", lastHeartbeatTime: {{ Now | Quote }}, lastTransitionTime: {{ Now | Quote }}}
`;

/** How a pod that is bound comes to run: at once, with all its containers ready. What is deleted is gone by itself. */
const podRuns = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-runs}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
    - {key: .status.podIP, operator: DoesNotExist}
  next:
    statusTemplate: |
      {{ $now := Now }}
      conditions:
      {{ range $type := list "Initialized" "Ready" "ContainersReady" "PodScheduled" }}
      - {type: {{ $type }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
      {{ end }}
      initContainerStatuses:
      {{ range .spec.initContainers }}
      - name: {{ .name | Quote }}
        image: {{ .image | Quote }}
        imageID: ""
        ready: true
        restartCount: 0
        state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
      {{ end }}
      containerStatuses:
      {{ range .spec.containers }}
      - name: {{ .name | Quote }}
        image: {{ .image | Quote }}
        imageID: "docker.io/istio/proxyv2@sha256:{{ .image | sha256sum }}"
        ready: true
        started: true
        restartCount: 0
        state: {running: {startedAt: {{ $now | Quote }}}}
      {{ end }}
      hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
      podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
      phase: Running
      startTime: {{ $now | Quote }}
`;

/** Has kwok play the pods of the one node, as far as their status says; the node's kubelet is asked on `kubeletPort`. */
export async function startKwok(
  client: KubeClient,
  kubeconfig: string,
  folder: string,
  kubeletPort: number,
): Promise<AsyncDisposable & { readonly version: string }> {
  const { path: program, version } = await goProgram('kwok');
  await client.apply(nodeObject(kubeletPort));
  const config = path.join(folder, 'kwok.yaml');
  await writeFile(config, `${nodeIsReady}---\n${podRuns}`);
  const child = spawn(
    program,
    [
      `--kubeconfig=${kubeconfig}`,
      `--config=${config}`,
      `--manage-nodes-with-annotation-selector=${nodeAnnotation}=fake`,
      '--cidr=10.0.0.0/16',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
  const ended = once(child, 'exit');
  return { version, [Symbol.asyncDispose]: () => stop(child, ended, () => log) };
}

async function stop(child: ChildProcess, ended: Promise<unknown>, log: () => string): Promise<void> {
  if (child.exitCode !== null) throw new Error(`kwok ended by itself: ${log()}`);
  child.kill('SIGTERM');
  await ended;
}
