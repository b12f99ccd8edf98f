import type { FilterVerdict } from '@wasmcast/core';
import { type Case, having, kubectlName, type Rule } from '../case.ts';
import type { FailedPull } from '../proxy-log.ts';
import { verdictWords } from './words.ts';

/** The agent's words for why it has no module, what they mean, and what helps. The first that fits counts. */
const reasons: readonly (readonly [code: string, words: RegExp, cause: string, next: string])[] = [
  [
    'WC-DOC-038',
    /rejected unsafe bearer realm/i,
    'the registry asks for a login in a realm that agents since Istio 1.30 refuse: any text that is no URL, and private addresses',
    'set the realm in the configuration of the registry (docker-registry: auth.htpasswd.realm, auth.token.realm) to a URL',
  ],
  [
    'WC-DOC-031',
    /MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND|status code 404/i,
    'the registry does not have the image',
    'wasmcast inspect REF shows whether it is there; push it again, or roll back',
  ],
  [
    'WC-DOC-032',
    /UNAUTHORIZED|DENIED|status code 40[13]|authentication required/i,
    'the registry does not let the sidecar in',
    'look at the pull secret: it must be of type kubernetes.io/dockerconfigjson, in the namespace of the workload',
  ],
  [
    'WC-DOC-033',
    /which does not match/i,
    'the registry has another image under that name than the one that was planned',
    'wasmcast update, then plan and apply again: deploy by digest, not by tag',
  ],
  [
    'WC-DOC-034',
    /TOOMANYREQUESTS|status code 429/i,
    'the registry lets the sidecar pull no more for now: every sidecar pulls for itself',
    'make the waves smaller, or copy the image to a registry of your own (wasmcast copy)',
  ],
  [
    'WC-DOC-035',
    /x509|certificate|tls:/i,
    'the sidecar does not trust the certificate of the registry',
    'give it the CA, or name the registry in WASM_INSECURE_REGISTRIES of its proxy configuration',
  ],
  [
    'WC-DOC-036',
    /no such host|connection refused|i\/o timeout|deadline exceeded|EOF|network is unreachable/i,
    'the sidecar does not reach the registry',
    'kubectl exec into the pod and try the registry from there; network policies count for sidecars too',
  ],
  [
    'WC-DOC-037',
    /plugin\.wasm|number of layers|media ?type|invalid Wasm|unsupported|unexpected layer|too large|size/i,
    'the image is not laid out as Istio takes it',
    'wasmcast inspect REF says what the agent would say; push the module again with wasmcast push',
  ],
  [
    'WC-DOC-039',
    // Of a registry that may speak it the agent tells this too, and then what came of it.
    /server gave HTTP response to HTTPS client$/i,
    'the registry speaks plain HTTP, and the sidecar HTTPS',
    'name the registry in WASM_INSECURE_REGISTRIES of its proxy configuration, or give it a certificate',
  ],
];

/** Causes that lie in how the agent gets an image. */
export const pullRules: readonly Rule[] = [
  ...reasons.map(([code, words, cause, next]): Rule => ({
    code,
    find: (c) => {
      const pulls = failed(c).filter((pull) => words.test(pull.words));
      const explains = having(
        c,
        'placeholder-allow',
        'placeholder-deny',
        'pending',
        'not-in-chain',
        'wrong-digest',
      ).filter((verdict) => pulls.some((pull) => isFor(c, verdict, pull)));
      const [first] = pulls;
      if (explains.length === 0 || first === undefined) return undefined;
      return {
        explains,
        cause: `${cause}: ${first.url}${effect(explains)}`,
        next: [
          next.replace('REF', first.url.replace(/^oci:\/\//, '')),
          `kubectl rollout restart ${kubectlName(c)}, when it is mended: the agent does not try again by itself`,
        ],
        evidence: [`log of istio-proxy: ${first.words}`],
      };
    },
  })),
  {
    code: 'WC-DOC-030',
    find: (c) => {
      const explains = having(c, 'placeholder-allow', 'placeholder-deny');
      if (explains.length === 0) return undefined;
      const [first] = failed(c);
      return {
        explains,
        cause: `the agent could not fetch the module${effect(explains)}`,
        next: [
          `kubectl logs ${c.instance.name} -n ${c.instance.workload.namespace} -c istio-proxy | grep wasm`,
          'wasmcast rollback',
        ],
        evidence: [
          ...verdictWords(explains),
          first === undefined
            ? 'the log of istio-proxy says nothing more, or may not be read'
            : `log of istio-proxy: ${first.words}`,
        ],
      };
    },
  },
];

function failed({ log }: Case): readonly FailedPull[] {
  return log?.pulls ?? [];
}

/** What the placeholder does meanwhile: that is what people feel. */
function effect(verdicts: readonly FilterVerdict[]): string {
  if (verdicts.some(({ verdict }) => verdict === 'placeholder-deny'))
    return '; meanwhile every request gets 403';
  if (verdicts.some(({ verdict }) => verdict === 'placeholder-allow'))
    return '; meanwhile requests pass without the filter';
  return '';
}

/** True if the agent speaks of the image of this filter. */
function isFor(c: Case, { filter, direction }: FilterVerdict, pull: FailedPull): boolean {
  const wanted = c.wanted
    .filter((chain) => chain.direction === direction)
    .flatMap(({ filters }) => filters)
    .find(({ name }) => name === filter);
  if (wanted?.image === undefined) return false;
  const repository = (reference: string): string => reference.replace(/^oci:\/\//, '').split('@')[0] ?? '';
  const bare = (reference: string): string => repository(reference).replace(/:[^/:]+$/, '');
  return bare(pull.url) === bare(wanted.image.reference);
}
