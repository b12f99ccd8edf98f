import type { KubeClient } from '../api/client.ts';
import { type Kind, kinds } from '../api/kinds.ts';
import { exec, podLog, portForward } from '../compile/rights-faults.ts';
import type { Rights } from '../native.ts';
import { inOrderOfCompletion } from '../in-order-of-completion.ts';

interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

type Resource = Pick<Kind, 'group' | 'resource'>;
type Need = readonly [verb: string, kind: Resource];

const write = ['create', 'patch', 'delete'];

/** Everything that a plan may need in a namespace with workloads. */
const workloadNeeds: readonly Need[] = [
  ...[kinds.Deployment, kinds.StatefulSet, kinds.DaemonSet].flatMap((kind): Need[] => [
    ['get', kind],
    ['patch', kind],
  ]),
  ...[kinds.EnvoyFilter, kinds.WasmPlugin, kinds.TrafficExtension].flatMap((kind) =>
    write.map((verb): Need => [verb, kind]),
  ),
  ['create', kinds.Pod],
  ['delete', kinds.Pod],
  ['get', kinds.ConfigMap],
  ['create', kinds.ConfigMap],
  ['delete', kinds.ConfigMap],
  ['get', portForward],
  ['create', portForward],
  ['get', exec],
  ['create', exec],
  ['get', podLog],
];

/** What the lock, the revisions and the unfinished rollout need where they are kept. */
const stateNeeds: readonly Need[] = [
  ...['get', 'create', 'delete'].map((verb): Need => [verb, kinds.Lease]),
  ...['get', 'list', 'create', 'patch', 'delete'].map((verb): Need => [verb, kinds.ConfigMap]),
];

/** Namespaces that are asked of at a time: each that is more is a TLS handshake more, and nothing is there sooner. */
const atATime = 8;

/**
 * Asks the API server what we may do, with reviews that store nothing: one for all rules of a namespace, then one for
 * each need that they do not show, for an authorizer that cannot list its rules.
 */
export async function readRights(
  client: KubeClient,
  namespaces: readonly string[],
  stateNamespace: string,
  signal: AbortSignal,
): Promise<Rights> {
  const withWorkloads = new Set(namespaces);
  const refusedIn = async (namespace: string): Promise<readonly string[]> => {
    const needs = [
      ...(withWorkloads.has(namespace) ? workloadNeeds : []),
      ...(namespace === stateNamespace ? stateNeeds : []),
    ];
    const rules = await rulesOf(client, namespace, signal);
    const open = needs.filter(([verb, kind]) => !rules.some((rule) => allows(rule, verb, kind)));
    const answers = open.map(async ([verb, kind]) =>
      (await isAllowed(client, verb, kind, namespace, signal)) ? [] : [key(verb, kind, namespace)],
    );
    return (await Promise.all(answers)).flat();
  };
  const refused = new Set<string>();
  const all = [...new Set([...namespaces, stateNamespace])];
  for await (const keys of inOrderOfCompletion(all, atATime, refusedIn))
    for (const each of keys) refused.add(each);
  return { may: (verb, kind, namespace) => !refused.has(key(verb, kind, namespace)) };
}

function key(verb: string, kind: Resource, namespace: string): string {
  return `${verb} ${kind.group}/${kind.resource} ${namespace}`;
}

async function rulesOf(client: KubeClient, namespace: string, signal: AbortSignal): Promise<readonly Rule[]> {
  const review = (await client.review(
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    'selfsubjectrulesreviews',
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
    signal,
  )) as { readonly status?: { readonly resourceRules?: readonly Rule[] } };
  return review.status?.resourceRules ?? [];
}

function allows(rule: Rule, verb: string, kind: Resource): boolean {
  const has = (list: readonly string[] | undefined, wanted: string): boolean =>
    list?.some((entry) => entry === '*' || entry === wanted) === true;
  return (
    (rule.resourceNames ?? []).length === 0 &&
    has(rule.verbs, verb) &&
    has(rule.apiGroups, kind.group) &&
    has(rule.resources, kind.resource)
  );
}

async function isAllowed(
  client: KubeClient,
  verb: string,
  kind: Resource,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  const [resource = '', subresource = ''] = kind.resource.split('/');
  const review = (await client.review(
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    'selfsubjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, verb, group: kind.group, resource, subresource } },
    },
    signal,
  )) as { readonly status?: { readonly allowed?: boolean } };
  return review.status?.allowed === true;
}
