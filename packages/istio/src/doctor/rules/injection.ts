import { hasProxy, willBeInjected } from '../../compile/workload-faults.ts';
import { describeMount } from '../../verify/mounts.ts';
import { type Case, having, kubectlName, type Rule } from '../case.ts';
import { verdictWords } from './words.ts';

const revisionLabel = 'istio.io/rev';

/** There is no sidecar at all. */
export const sidecarRules: readonly Rule[] = [
  {
    code: 'WC-DOC-020',
    find: (c) => {
      const explains = having(c, 'no-sidecar');
      if (explains.length === 0 || c.workload === undefined) return undefined;
      const template = c.workload.object.spec?.template;
      const choice =
        template?.metadata?.labels?.['sidecar.istio.io/inject'] ??
        template?.metadata?.annotations?.['sidecar.istio.io/inject'];
      const { namespace } = c.instance.workload;
      if (template?.spec?.hostNetwork === true) {
        return {
          explains,
          cause: 'the pod uses the network of its host: Istio injects no sidecar there',
          next: ['take hostNetwork out of the pod template'],
          evidence: ['spec.template.spec.hostNetwork: true'],
        };
      }
      if (choice === 'false') {
        return {
          explains,
          cause: 'injection is switched off for this workload',
          next: [`take sidecar.istio.io/inject: "false" out of the template of ${kubectlName(c)}`],
          evidence: ['sidecar.istio.io/inject: "false" on the pod template'],
        };
      }
      if (willBeInjected(c.workload, c.namespaceLabels)) {
        return {
          explains,
          cause: 'the pod was made before injection was switched on, or while the injector did not answer',
          next: [`kubectl rollout restart ${kubectlName(c)}`],
          evidence: [`namespace ${namespace}: ${injectionLabels(c)}`],
        };
      }
      return {
        explains,
        cause: `injection is not switched on for namespace ${namespace}`,
        next: [
          `kubectl label namespace ${namespace} istio-injection=enabled`,
          `kubectl rollout restart ${kubectlName(c)}`,
        ],
        evidence: [`namespace ${namespace}: ${injectionLabels(c)}`],
      };
    },
  },
];

/** Causes that lie in what was injected into the pod when it was made. */
export const injectionRules: readonly Rule[] = [
  {
    code: 'WC-DOC-021',
    find: (c) => {
      const { pod } = c;
      const own = pod?.metadata.annotations?.[revisionLabel] ?? pod?.metadata.labels?.[revisionLabel];
      const { namespaceLabels: labels } = c;
      const wanted =
        labels?.[revisionLabel] ?? (labels?.['istio-injection'] === 'enabled' ? 'default' : undefined);
      if (own === undefined || wanted === undefined || own === wanted) return undefined;
      const explains = having(
        c,
        'not-in-chain',
        'wrong-config',
        'wrong-digest',
        'pending',
        'placeholder-deny',
      );
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause: `its sidecar belongs to revision ${own} of Istio, while new pods here get revision ${wanted}`,
        next: [`kubectl rollout restart ${kubectlName(c)}`, 'istioctl proxy-status'],
        evidence: [
          `istio.io/rev: ${own} on the pod, ${wanted} for namespace ${c.instance.workload.namespace}`,
        ],
      };
    },
  },
  {
    code: 'WC-DOC-022',
    find: (c) => {
      const { pod } = c;
      if (pod === undefined || !hasProxy(pod)) return undefined;
      const lacking = c.wanted
        .flatMap(({ filters }) => filters)
        .filter(({ delivery }) => delivery === 'configmap')
        .map(({ name, moduleDigest }) => ({
          name,
          mount: describeMount(pod.spec ?? {}, c.fleet, moduleDigest),
        }))
        .filter(({ mount }) => mount.fault !== undefined);
      const explains = c.verdicts.filter(({ filter }) => lacking.some(({ name }) => name === filter));
      if (explains.length === 0) return undefined;
      // Our annotations are on the pod, and yet nothing is mounted: the injector did not act on them.
      return {
        explains,
        cause: 'the pod was made from the right template, but its sidecar does not have the module mounted',
        next: [
          `kubectl rollout restart ${kubectlName(c)}`,
          'if it stays so, the template of this injection ignores sidecar.istio.io/userVolume: deliver by image',
        ],
        evidence: [...new Set(lacking.map(({ mount }) => `the pod's spec: ${mount.fault}`))],
      };
    },
  },
  {
    code: 'WC-DOC-023',
    find: (c) => {
      const why = c.log?.notReady;
      if (why === undefined || !/not received from XDS server/.test(why)) return undefined;
      const explains = having(c, 'pending', 'unreachable', 'not-in-chain');
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause: 'its sidecar got no configuration from istiod',
        next: [
          'kubectl get pods -n istio-system -l app=istiod',
          `kubectl logs ${c.instance.name} -n ${c.instance.workload.namespace} -c istio-proxy`,
        ],
        evidence: [`log of istio-proxy: ${why}`, ...verdictWords(explains)],
      };
    },
  },
];

function injectionLabels({ namespaceLabels: labels }: Case): string {
  if (labels === undefined) return 'its labels may not be read';
  const said = ['istio-injection', revisionLabel].flatMap((key) =>
    labels[key] === undefined ? [] : [`${key}=${labels[key]}`],
  );
  return said.length === 0 ? 'neither istio-injection nor istio.io/rev' : said.join(', ');
}
