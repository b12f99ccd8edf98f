import { isIP } from 'node:net';
import { assertNever } from '@wasmcast/core';
import type { Diagnostic, FailurePolicy } from '@wasmcast/core';
import { formatDigest } from '../reference/digest.ts';
import { formatReference } from '../reference/reference.ts';
import { nearness } from '../transport/addresses.ts';
import type { ImageFacts } from './image-facts.ts';
import { istioVersions, minorOf, newestIstio, since } from './istio-version.ts';
import type { IstioVersion } from './istio-version.ts';

/** For whom an image is judged. */
export interface AgentSituation {
  /** Unknown: what only some versions refuse is a warning. */
  readonly istio?: IstioVersion;
  readonly onFailure: FailurePolicy;
  /** Name of the Secret that the agent would log in with. */
  readonly pullSecret?: string;
}

/**
 * What Istio's agent of that version would do with an image, as diagnostics: an error is what it would replace the
 * filter by a placeholder for. Pure. The rules are those of `pkg/wasm` (imagefetcher.go, cache.go, convert.go) at the
 * versions that they name.
 */
export function agentDiagnostics(facts: ImageFacts, situation: AgentSituation): readonly Diagnostic[] {
  const istio = situation.istio ?? newestIstio;
  const found: Diagnostic[] = [];
  const subject = formatReference(facts.reference);
  const what = consequence(istio, situation.onFailure);
  const add = (severity: Diagnostic['severity'], code: string, summary: string, help: string): void =>
    void found.push({ severity, code, summary, help, subject, detail: [what] });
  const error = (code: string, summary: string, help: string): void => add('error', code, summary, help);
  const some = situation.istio === undefined ? 'warning' : 'error';
  const warning = (code: string, summary: string, help: string): void =>
    void found.push({ severity: 'warning', code, summary, help, subject });

  if (!since(istio, 12))
    error('WC-AGT-001', `Istio ${istio} cannot pull images for filters`, 'deliver it by a ConfigMap');
  const { digest, repository } = facts.reference;
  // go-containerregistry, pkg/name/repository.go: 2 to 255 characters.
  if (repository.length < 2)
    error(
      'WC-AGT-008',
      'the agent takes no repository with a name of one character',
      'push it to another one',
    );
  if (digest !== undefined && digest === facts.indexDigest) {
    error(
      'WC-AGT-002',
      `${formatDigest(digest)} is an index; the agent compares with the image that it leads to`,
      `pin ${formatDigest(facts.imageDigest)}`,
    );
  }
  if (facts.module.kind === 'refused') {
    error('WC-AGT-003', facts.module.message, 'push it with `wasmcast push`');
  } else if (
    facts.module.layout !== 'oci-artifact' &&
    facts.layers.length !== 1 &&
    !sinceFor(situation, 16)
  ) {
    add(
      some,
      'WC-AGT-004',
      `it has ${facts.layers.length} layers, and Istio before 1.16 takes only images with one`,
      'push it with `wasmcast push`',
    );
  }
  const refused = facts.realms.find(isRefusedRealm);
  if (refused !== undefined && since(istio, 30)) {
    add(
      some,
      'WC-AGT-005',
      `its registry asks for a login in the realm ${JSON.stringify(refused.slice(0, 200))}, and agents since Istio 1.30 take only a URL ` +
        'of a public address or a host name',
      'set the realm in the configuration of the registry (docker-registry: auth.htpasswd.realm, auth.token.realm)',
    );
  }
  if (facts.needsCredentials && situation.pullSecret === undefined) {
    warning(
      'WC-AGT-006',
      'the registry gives it only to who logs in, and no pull secret is named',
      'create a kubernetes.io/dockerconfigjson Secret in the namespace of the workload and name it in `pullSecret`',
    );
  }
  const size = facts.layers.reduce((sum, layer) => sum + layer.size, 0);
  if (size > slowBytes) {
    warning(
      'WC-AGT-007',
      `it has ${Math.round(size / 2 ** 20)} MiB; the agent gives a pull 30 s and does not try again`,
      'make the module smaller, or have a registry near the cluster',
    );
  }
  return found;
}

/** Which of the known versions take an image, the oldest first, whatever secrets they need. */
export function takenBy(facts: ImageFacts): readonly IstioVersion[] {
  return istioVersions.filter((istio) =>
    agentDiagnostics(facts, { istio, onFailure: 'closed' }).every((each) => each.severity !== 'error'),
  );
}

/** Versions as people write them: `1.12 to 1.31`, `none`. */
export function versionRange(versions: readonly IstioVersion[]): string {
  const sorted = versions.toSorted((a, b) => minorOf(a) - minorOf(b));
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return 'none';
  return first === last ? first : `${first} to ${last}`;
}

/** As {@link since}; of an unknown version it is not said that it is so. */
function sinceFor(situation: AgentSituation, minor: number): boolean {
  return situation.istio !== undefined && since(situation.istio, minor);
}

const slowBytes = 64 * 1024 * 1024;

/** What the workload would get: pkg/wasm/convert.go, since 1.25 a placeholder of the same name and an ACK. */
function consequence(istio: IstioVersion, onFailure: FailurePolicy): string {
  switch (onFailure) {
    case 'open':
      return `Istio ${istio} would put a placeholder in its place that lets every request through`;
    case 'closed':
    case 'reload':
      return since(istio, 25)
        ? `Istio ${istio} would put a placeholder in its place that answers every request with 403`
        : `proxies of Istio ${istio} would refuse the configuration, and updates of other filters with it`;
    default:
      return assertNever(onFailure);
  }
}

/** imagefetcher.go, validateRealmURL: of every challenge, also of Basic ones, whose realm is any text (RFC 7617). Names are not resolved. */
function isRefusedRealm(realm: string): boolean {
  const url = URL.parse(realm);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return true;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host === 'metadata.google.internal') return true;
  return isIP(host) !== 0 && nearness(host) > 0;
}
