import { hasProxy } from '../../compile/workload-faults.ts';
import { restartNote } from '../../observe/restart-note.ts';
import { mountsLabel } from '../../names.ts';
import { type Case, having, isTemplate, kubectlName, podName, type Rule } from '../case.ts';
import type { Warning } from '../events.ts';
import { verdictWords, warningText } from './words.ts';

/** Causes that lie in the pod, or in why there is none. */
export const podRules: readonly Rule[] = [
  {
    code: 'WC-DOC-001',
    find: (c) => {
      const explains = having(c, 'not-permitted');
      if (explains.length === 0) return undefined;
      const { namespace } = c.instance.workload;
      return {
        explains,
        cause: 'you may not look into its proxy',
        next: [
          `kubectl auth can-i create pods/portforward -n ${namespace}`,
          `ask for the right to get and create pods/portforward (or pods/exec) in ${namespace}`,
        ],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-002',
    find: (c) =>
      c.workload !== undefined
        ? undefined
        : {
            explains: c.verdicts,
            cause: `there is no ${c.instance.workload.kind} ${c.instance.workload.name} any more`,
            next: ['create it again, or take it out of the bindings and run wasmcast apply'],
            evidence: verdictWords(c.verdicts),
          },
  },
  {
    code: 'WC-DOC-003',
    find: (c) => {
      const failed = warning(c, 'FailedCreate');
      if (c.pod !== undefined || failed === undefined) return undefined;
      const isWebhook = /webhook/.test(failed.message);
      return {
        explains: c.verdicts,
        cause: isWebhook
          ? 'no new pod can be made: the webhook that injects sidecars does not answer, or refuses'
          : 'no new pod can be made: the API server refuses it',
        next: isWebhook
          ? ['kubectl get pods -n istio-system -l app=istiod', 'kubectl get mutatingwebhookconfigurations']
          : [
              `kubectl describe ${kubectlName(c)}`,
              `kubectl describe quota -n ${c.instance.workload.namespace}`,
            ],
        evidence: [warningText(failed)],
      };
    },
  },
  {
    code: 'WC-DOC-004',
    find: (c) => {
      const unscheduled = c.pod?.status?.conditions?.find(
        ({ type, status }) => type === 'PodScheduled' && status !== 'True',
      );
      if (unscheduled === undefined) return undefined;
      return {
        explains: c.verdicts,
        cause: 'no node takes the pod',
        next: [`kubectl describe pod ${c.instance.name} -n ${c.instance.workload.namespace}`],
        evidence: [`condition PodScheduled: ${unscheduled.message ?? unscheduled.status}`],
      };
    },
  },
  {
    code: 'WC-DOC-005',
    find: (c) => {
      const failed = warning(c, 'FailedMount');
      if (failed === undefined || isProxyReady(c)) return undefined;
      const missing = /configmap "([^"]+)" not found/.exec(failed.message)?.[1];
      return {
        explains: c.verdicts,
        cause:
          missing === undefined
            ? 'a volume of the pod cannot be mounted'
            : `the pod waits for ConfigMap ${missing}, which is not there`,
        next:
          missing?.startsWith('wasmcast-') === true
            ? ['wasmcast apply']
            : [`kubectl describe pod ${c.instance.name} -n ${c.instance.workload.namespace}`],
        evidence: [warningText(failed)],
      };
    },
  },
  {
    code: 'WC-DOC-006',
    find: (c) => {
      const statuses = [
        ...(c.pod?.status?.initContainerStatuses ?? []),
        ...(c.pod?.status?.containerStatuses ?? []),
      ];
      const killed = statuses.find(
        ({ name, lastState }) => name === 'istio-proxy' && lastState?.terminated?.reason === 'OOMKilled',
      );
      if (killed === undefined || having(c, 'unreachable', 'pending', 'crashed').length === 0)
        return undefined;
      return {
        explains: having(c, 'unreachable', 'pending', 'crashed'),
        cause: 'its sidecar was killed for using more memory than its limit',
        next: [
          'raise the limit (annotation sidecar.istio.io/proxyMemoryLimit on the pod template)',
          'wasmcast check shows what a module needs; each worker of Envoy has a VM of its own',
        ],
        evidence: [`container istio-proxy: OOMKilled, ${killed.restartCount ?? 0} restarts`],
      };
    },
  },
  {
    code: 'WC-DOC-007',
    find: (c) => {
      const statuses = [
        ...(c.pod?.status?.initContainerStatuses ?? []),
        ...(c.pod?.status?.containerStatuses ?? []),
      ];
      const broken = statuses.find(({ state }) =>
        /^(ErrImagePull|ImagePullBackOff|InvalidImageName|CreateContainer\w*Error|CrashLoopBackOff)$/.test(
          state?.waiting?.reason ?? '',
        ),
      );
      if (broken === undefined || having(c, 'pending').length === 0) return undefined;
      const { reason = '', message } = broken.state?.waiting ?? {};
      return {
        explains: having(c, 'pending'),
        cause: `container ${broken.name} of the pod does not start: ${reason}`,
        next: [
          `kubectl logs ${c.instance.name} -n ${c.instance.workload.namespace} -c ${broken.name} --previous`,
        ],
        evidence: [
          `container ${broken.name}: ${reason}${message === undefined ? '' : `: ${message.slice(0, 300)}`}`,
        ],
      };
    },
  },
  {
    code: 'WC-DOC-009',
    find: (c) => {
      const explains = having(c, 'pending');
      if (c.pod?.metadata.deletionTimestamp === undefined || explains.length === 0) return undefined;
      return {
        explains,
        cause: 'the pod is on its way out',
        next: [`kubectl rollout status ${kubectlName(c)}`],
        evidence: [`deleted at ${c.pod.metadata.deletionTimestamp}`],
      };
    },
  },
];

/** A pod that has not been replaced. */
export const templateRules: readonly Rule[] = [
  {
    code: 'WC-DOC-008',
    find: (c) => {
      const { pod, workload } = c;
      const label = pod?.metadata.labels?.[mountsLabel(c.fleet)] ?? null;
      if (pod === undefined || workload === undefined || !hasProxy(pod) || label === c.mounts)
        return undefined;
      // What is wrong with the template itself is another rule's.
      if (c.differences.some(isTemplate)) return undefined;
      const note = restartNote(workload.id.kind, workload.object);
      const isHeld = note !== undefined && /^(paused|OnDelete|partition)/.test(note);
      return {
        explains: c.verdicts,
        cause: isHeld
          ? `the pod still has the old template, and its workload is ${note}`
          : 'the pod still has the old template: it was not replaced yet',
        next:
          note?.startsWith('paused') === true
            ? [`kubectl rollout resume ${kubectlName(c)}`]
            : isHeld
              ? [`kubectl delete pod ${c.instance.name} -n ${c.instance.workload.namespace}`]
              : [`kubectl rollout status ${kubectlName(c)}`],
        evidence: [
          `label ${mountsLabel(c.fleet)}: ${label ?? 'none'} on the pod, ${c.mounts ?? 'none'} on the template of ${podName(c)}`,
        ],
      };
    },
  },
];

/** True once the sidecar is up: what the pod waited for at its start is over. */
function isProxyReady({ pod }: Case): boolean {
  const statuses = [...(pod?.status?.initContainerStatuses ?? []), ...(pod?.status?.containerStatuses ?? [])];
  return statuses.some(({ name, ready }) => name === 'istio-proxy' && ready === true);
}

function warning({ warnings }: Case, reason: string): Warning | undefined {
  return warnings.find((each) => each.reason === reason);
}
