import { having, kubectlName, type Rule } from '../case.ts';
import { verdictWords } from './words.ts';

/** Causes that lie in the proxy's chains, for a proxy that answers and refused nothing. */
export const chainRules: readonly Rule[] = [
  {
    code: 'WC-DOC-060',
    find: (c) => {
      const explains = having(c, 'not-in-chain').filter(({ evidence }) =>
        /no (in|out)bound HTTP listener/.test(evidence ?? ''),
      );
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause: 'its proxy takes this traffic for TCP: HTTP filters are only in listeners that read HTTP',
        next: ['name the port of the Service http, http2 or grpc, or give it appProtocol: http'],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-061',
    find: (c) => {
      const explains = having(c, 'out-of-order');
      if (explains.length === 0) return undefined;
      const odd = c.remarks.filter(({ kind }) => kind === 'tie' || kind === 'twice').map(({ text }) => text);
      return {
        explains,
        cause:
          odd.length === 0
            ? 'its filters stand in another order than planned'
            : 'its filters stand in another order than planned: something else has a place of the same rank',
        next: [
          `wasmcast status --chain ${c.instance.workload.namespace}/${c.instance.workload.name}`,
          'wasmcast plan shows whether the objects differ too',
        ],
        evidence: [...verdictWords(explains), ...odd],
      };
    },
  },
  {
    code: 'WC-DOC-062',
    find: (c) => {
      const explains = having(c, 'not-in-chain', 'wrong-config', 'wrong-digest');
      if (explains.length === 0 || c.differences.length > 0) return undefined;
      return {
        explains,
        cause: "the cluster's objects are as they should be, but its proxy has not taken them up",
        next: [
          `istioctl proxy-status ${c.instance.name}.${c.instance.workload.namespace}`,
          'wasmcast verify, in a minute',
          `kubectl rollout restart ${kubectlName(c)}, if it stays so`,
        ],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-099',
    find: (c) => ({
      explains: c.verdicts,
      cause: 'none of the known causes fits',
      next: [
        `wasmcast status --chain ${c.instance.workload.namespace}/${c.instance.workload.name}`,
        `kubectl logs ${c.instance.name} -n ${c.instance.workload.namespace} -c istio-proxy`,
      ],
      evidence: verdictWords(c.verdicts),
    }),
  },
];
