import { type Difference, writerText } from '@wasmcast/core';
import { having, isTemplate, kubectlName, type Rule } from '../case.ts';
import { verdictWords } from './words.ts';

/** What anybody might hold against the cluster's objects explains. */
const explained = [
  'not-in-chain',
  'wrong-digest',
  'wrong-config',
  'out-of-order',
  'pending',
  'still-there',
] as const;

/** Causes that lie in the cluster's objects: somebody deleted one, edited it, or took our mount away. */
export const objectRules: readonly Rule[] = [
  {
    code: 'WC-DOC-010',
    find: (c) => {
      const gone = c.differences.filter(
        ({ kind, object }) => kind === 'missing' && object.startsWith('ConfigMap '),
      );
      const explains = having(c, ...explained);
      if (gone.length === 0 || explains.length === 0) return undefined;
      return {
        explains,
        cause: `${names(gone)} with the module is not there: no new pod can start`,
        next: ['wasmcast apply, from the manifest that has the module'],
        evidence: [...gone.map(({ object }) => `the API server has no ${object}`), ...verdictWords(explains)],
      };
    },
  },
  {
    code: 'WC-DOC-011',
    find: (c) => {
      const explains = having(c, 'wrong-digest').filter(({ evidence }) =>
        /holds a module with sha256|is not immutable/.test(evidence ?? ''),
      );
      if (explains.length === 0) return undefined;
      return {
        explains,
        cause: 'the ConfigMap of the module was replaced: it holds other bytes than its name says',
        next: ['delete that ConfigMap and run wasmcast apply', `kubectl rollout restart ${kubectlName(c)}`],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-012',
    find: (c) => {
      const lost = c.differences.find(isTemplate);
      const explains = having(c, ...explained);
      if (lost === undefined || explains.length === 0) return undefined;
      const keeper = keeperOf(lost);
      return {
        explains,
        cause: `the pod template of ${lost.object} does not mount the modules as it should (${lost.fields.join(', ')})${keeper === undefined ? '' : `: ${keeper} writes it, and may take out what it does not know`}`,
        next: [
          ...(keeper === undefined
            ? []
            : [
                `wasmcast render shows the annotations and the label to put where ${keeper} takes the template from`,
              ]),
          'wasmcast apply',
        ],
        evidence: [
          `the template differs in ${lost.fields.join(', ')}; written last${writerText(lost.by) || ' by nobody else that is known'}`,
        ],
      };
    },
  },
  {
    code: 'WC-DOC-013',
    find: (c) => {
      const gone = c.differences.filter(
        ({ kind, object }) => kind === 'missing' && !object.startsWith('ConfigMap '),
      );
      const explains = having(c, ...explained);
      if (gone.length === 0 || explains.length === 0) return undefined;
      return {
        explains,
        cause: `${names(gone)} is not there: it was deleted, or never written`,
        next: ['wasmcast history shows whether it was written; wasmcast apply writes it again'],
        evidence: gone.map(({ object }) => `the API server has no ${object}`),
      };
    },
  },
  {
    code: 'WC-DOC-014',
    find: (c) => {
      const edited = c.differences.filter((each) => each.kind === 'edited' && !isTemplate(each));
      const explains = having(c, ...explained);
      if (edited.length === 0 || explains.length === 0) return undefined;
      return {
        explains,
        cause: `somebody edited ${names(edited)}${[...new Set(edited.map(({ by }) => writerText(by)))].join(',')}`,
        next: ['wasmcast plan shows what would be repaired; wasmcast apply repairs it'],
        evidence: edited.map(
          ({ object, fields, by }) =>
            `${object} differs in ${fields.join(', ')}; written last${writerText(by) || ' by wasmcast'}`,
        ),
      };
    },
  },
  {
    code: 'WC-DOC-015',
    find: (c) => {
      const explains = having(c, 'still-there');
      if (explains.length === 0) return undefined;
      const extra = c.differences.filter(({ kind }) => kind === 'extra');
      return {
        explains,
        cause:
          extra.length === 0
            ? 'its proxy still has a filter that nobody wants any more: it has not taken the last update'
            : `${names(extra)} is still there, although nobody wants its filters any more`,
        next:
          extra.length === 0 ? ['istioctl proxy-status', 'wasmcast verify, in a minute'] : ['wasmcast apply'],
        evidence: verdictWords(explains),
      };
    },
  },
  {
    code: 'WC-DOC-016',
    find: (c) => {
      const refusal = c.refusals.find(({ severity }) => severity === 'error');
      const explains = having(c, ...explained);
      if (refusal === undefined || explains.length === 0) return undefined;
      return {
        explains,
        cause: `it cannot work on this workload: ${refusal.summary}`,
        next: refusal.help === undefined ? ['wasmcast plan'] : [refusal.help],
        evidence: [`${refusal.code}: ${refusal.summary}`],
      };
    },
  },
];

function names(list: readonly Difference[]): string {
  return list.map(({ object }) => object).join(', ');
}

/** A tool that writes the template from somewhere else, by its name as a field manager. */
function keeperOf({ by }: Difference): string | undefined {
  const known = /argocd|kustomize-controller|helm|fleet|kapp/.exec(by?.manager ?? '')?.[0];
  return known === undefined ? undefined : by?.manager;
}
