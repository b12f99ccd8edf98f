import { atLeast } from '../../versions/release.ts';
import { type Case, having, kubectlName, podName, type Rule } from '../case.ts';
import { verdictWords } from './words.ts';

const notShown = [
  'not-in-chain',
  'wrong-config',
  'wrong-digest',
  'pending',
  'unreachable',
  'out-of-order',
] as const;

/** Causes that Envoy itself names: what it refused, and VMs that did not come up or died. */
export const envoyRules: readonly Rule[] = [
  {
    code: 'WC-DOC-040',
    find: (c) => {
      const said = refusedWords(c).find((words) => /missing import/.test(words));
      const explains = having(c, ...notShown);
      if (said === undefined || explains.length === 0) return undefined;
      return {
        explains,
        cause: `the module asks its host for what this Envoy does not have: ${said.replace(/^.*missing import: /, '')}`,
        next: [
          `wasmcast check MODULE --envoy ${c.proxyVersion ?? 'VERSION'}`,
          'build the module with an SDK for that Envoy, or update Istio; wasmcast rollback until then',
        ],
        evidence: [said],
      };
    },
  },
  {
    code: 'WC-DOC-041',
    find: (c) => {
      const said = refusedWords(c).find((words) => /Invalid path: .*\.wasm/.test(words));
      const explains = having(c, ...notShown);
      if (said === undefined || explains.length === 0) return undefined;
      return {
        explains,
        cause:
          'Envoy was given a filter whose file is not in its pod, and keeps the configuration that it had',
        next: [`kubectl rollout restart ${kubectlName(c)}`, 'wasmcast plan shows what is missing'],
        evidence: [said],
      };
    },
  },
  {
    code: 'WC-DOC-042',
    find: (c) => {
      const said = refusedWords(c).find((words) =>
        /Unable to create Wasm plugin|failed to load|Wasm VM failed/.test(words),
      );
      const explains = having(c, ...notShown);
      if (said === undefined || explains.length === 0) return undefined;
      return {
        explains,
        cause: 'Envoy could not start the module, or the module refused its configuration',
        next: [
          'wasmcast plan tries the module with this very configuration and says what it logs',
          `kubectl logs ${c.instance.name} -n ${c.instance.workload.namespace} -c istio-proxy | grep wasm`,
        ],
        evidence: refusedWords(c)
          .filter((words) => /wasm|load/i.test(words))
          .slice(0, 3),
      };
    },
  },
  {
    code: 'WC-DOC-043',
    find: (c) => {
      const [said, ...more] = refusedWords(c);
      const explains = having(c, ...notShown);
      if (said === undefined || explains.length === 0) return undefined;
      return {
        explains,
        cause: 'Envoy refuses the whole update because of something else in it, and keeps what it had',
        next: [
          `wasmcast status --chain ${c.instance.workload.namespace}/${c.instance.workload.name} shows who else puts filters there`,
          `istioctl analyze -n ${c.instance.workload.namespace}`,
        ],
        evidence: [said, ...more.slice(0, 2)],
      };
    },
  },
  {
    code: 'WC-DOC-054',
    find: (c) => {
      const explains = having(c, 'crashed').filter(({ evidence }) =>
        /does not come back/.test(evidence ?? ''),
      );
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause:
          'a filter does not come back: its worker thread serves nobody any more, which filter it is nothing tells',
        next: [
          `kubectl delete pod ${c.instance.name} -n ${c.instance.workload.namespace}`,
          'wasmcast rollback',
          'wasmcast run and wasmcast test give each callback a deadline: they find the request that it hangs on',
        ],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-050',
    find: (c) => {
      const explains = having(c, 'crashed');
      if (explains.length === 0) return undefined;
      const reloads = atLeast(c.version?.istio, '1.27');
      return {
        explains,
        cause: 'the VM of the filter died, and stays dead until its proxy or its configuration is new',
        next: [
          'wasmcast rollback',
          `kubectl rollout restart ${kubectlName(c)}`,
          reloads
            ? 'onFailure: reload in the manifest has Envoy start it again by itself'
            : 'onFailure: reload needs Istio 1.27',
        ],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-055',
    find: (c) => {
      const explains = having(c, 'maybe-crashed');
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause:
          'a VM of its proxy died, perhaps that of this filter: whose it was the proxy does not tell, and it stays dead until its pod or its configuration is new',
        next: [
          `kubectl rollout restart ${kubectlName(c)}`,
          'onFailure: reload in the manifest has Envoy start it again by itself, from Istio 1.27',
        ],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-051',
    find: (c) => {
      const explains = having(c, 'unreachable');
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause:
          'its proxy does not answer: the pod is overloaded, a filter does not come back, or the network is cut',
        next: [
          `kubectl top pod ${c.instance.name} -n ${c.instance.workload.namespace} --containers`,
          `kubectl exec ${c.instance.name} -n ${c.instance.workload.namespace} -c istio-proxy -- pilot-agent request GET server_info`,
          'wasmcast rollback, if it began with a rollout',
        ],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-052',
    find: (c) => {
      const explains = having(c, 'pending').filter(({ evidence }) =>
        /warming|has not arrived/.test(evidence ?? ''),
      );
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause:
          'Envoy waits for a part of its new configuration: a secret, or a filter that the agent still fetches',
        next: [
          'wasmcast verify, in a minute',
          `istioctl proxy-status ${c.instance.name}.${c.instance.workload.namespace}`,
        ],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-053',
    find: (c) => {
      const explains = having(c, 'pending');
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause: 'it is still starting',
        next: [`kubectl rollout status ${kubectlName(c)}`],
        evidence: verdictWords(explains).map((words) => `${podName(c)}: ${words}`),
      };
    },
  },
];

/**
 * What Envoy said about updates that it refused. Its dump has the present state of listeners; of discovered filters only
 * the log tells, and what the log has may be long mended: it counts beside a refusal, or where there is no dump.
 */
function refusedWords({ remarks, log, verdicts }: Case): readonly string[] {
  const rejected = remarks
    .filter(({ kind }) => kind === 'rejected')
    .map(({ text }) => `Envoy refused an update: ${text}`);
  const told = verdicts.flatMap(({ evidence }) => /Envoy refused .*$/.exec(evidence ?? '')?.[0] ?? []);
  const isBlind = remarks.some(({ kind }) => kind === 'unseen') && /rejected/.test(log?.notReady ?? '');
  const refusals = (log?.refusals ?? []).filter(
    ({ resource }) => isBlind || resource === 'TypedExtensionConfig',
  );
  const logged = refusals.map(({ resource, words }) => `${resource} refused: ${words}`);
  const isWasm = [...rejected, ...told, ...logged].some((words) => /wasm/i.test(words));
  const vms = isWasm ? (log?.vms ?? []) : [];
  return [
    ...new Set([...[...vms, ...logged].map((words) => `log of istio-proxy: ${words}`), ...rejected, ...told]),
  ];
}
