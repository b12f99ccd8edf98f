import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../kube-client.ts';

/** What differs between the rendered Istio and ours, whose istiod runs beside the cluster. */
export interface MeshSettings {
  /** Where the sidecar's image is: `<hub>/proxyv2:<tag>`. */
  readonly hub: string;
  readonly tag: string;
  /** Of istiod as pods know it: `istiod.istio-system.svc:<port>`. */
  readonly istiod: string;
  /** Of istiod's webhooks, without a path. */
  readonly webhookUrl: string;
}

interface Webhook {
  readonly name: string;
  readonly clientConfig: { readonly service?: { readonly path: string } };
}

const notOurs = new Set(['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Service']);
const definitions = new Set(['CustomResourceDefinition', 'ConfigMap']);
const rootNamespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } };
const first = ['Namespace', 'CustomResourceDefinition', 'ServiceAccount'];

/** The objects of a control plane from `istioctl manifest generate`, in the order in which to apply them. */
export function meshObjects(manifest: string, settings: MeshSettings): readonly KubeObject[] {
  const rendered = parse(manifest).filter((object) => !notOurs.has(object.kind));
  const objects = rendered.flatMap((object) => adapt(object, settings));
  return [rootNamespace, ...objects].toSorted((a, b) => rank(a) - rank(b));
}

/** As much of it as an API server without an istiod can have: its kinds, and the ConfigMaps that tell its version. */
export function meshDefinitions(manifest: string): readonly KubeObject[] {
  const objects = parse(manifest).filter(({ kind }) => definitions.has(kind));
  return [rootNamespace, ...objects].toSorted((a, b) => rank(a) - rank(b));
}

function parse(manifest: string): readonly KubeObject[] {
  return parseAllDocuments(manifest)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

/** The mesh's configuration, as istiod reads it from a file. */
export function meshConfig(settings: {
  readonly istiod: string;
  readonly insecureRegistry: string;
}): Record<string, unknown> {
  return {
    rootNamespace: 'istio-system',
    trustDomain: 'cluster.local',
    // No defaultProviders, and no merged metrics: both bring filters that only Istio's own Envoy has.
    enablePrometheusMerge: false,
    accessLogFile: '',
    defaultConfig: {
      discoveryAddress: settings.istiod,
      // Tests delete many pods; nobody waits for their connections.
      terminationDrainDuration: '1s',
      // The agent pulls Wasm images by plain HTTP from here.
      proxyMetadata: { WASM_INSECURE_REGISTRIES: settings.insecureRegistry },
    },
  };
}

function adapt(object: KubeObject, settings: MeshSettings): readonly KubeObject[] {
  switch (object.kind) {
    case 'ConfigMap':
      return object.metadata.name === 'istio-sidecar-injector' ? [withImages(object, settings)] : [object];
    case 'MutatingWebhookConfiguration':
      return [withUrls(object, settings)];
    case 'ValidatingWebhookConfiguration':
      return [withUrls(object, settings), withUrls(defaultValidator(object), settings)];
    default:
      return [object];
  }
}

function withImages(object: KubeObject, settings: MeshSettings): KubeObject {
  const data = object['data'] as Readonly<Record<string, string>>;
  const values = JSON.parse(data['values'] ?? '{}') as { readonly global: Record<string, object> };
  const global = {
    ...values.global,
    hub: settings.hub,
    tag: settings.tag,
    // Agents would ask for certificates on istiod's usual port, where another cluster's istiod may listen.
    caAddress: settings.istiod,
    proxy: {
      ...values.global['proxy'],
      image: 'proxyv2',
      // Two cores are to hold many sidecars: what they ask for is small, what they may take is Istio's default.
      resources: {
        requests: { cpu: '5m', memory: '40Mi' },
        limits: { cpu: '2000m', memory: '1024Mi' },
      },
      readinessPeriodSeconds: 2,
    },
    proxy_init: { ...values.global['proxy_init'], image: 'proxyv2' },
  };
  return { ...object, data: { ...data, values: JSON.stringify({ ...values, global }) } };
}

function withUrls(object: KubeObject, settings: MeshSettings): KubeObject {
  const webhooks = (object['webhooks'] as readonly Webhook[]).map((webhook) => {
    const path = webhook.clientConfig.service?.path ?? '/';
    return { ...webhook, clientConfig: { url: `${settings.webhookUrl}${path}` } };
  });
  return { ...object, webhooks };
}

// The rendered webhook validates only objects that name its revision; `istioctl install` adds this one for all others.
function defaultValidator(object: KubeObject): KubeObject {
  const webhooks = (object['webhooks'] as readonly Webhook[]).map((webhook) => ({
    ...webhook,
    name: 'validation.istio.io',
    objectSelector: { matchExpressions: [{ key: 'istio.io/rev', operator: 'DoesNotExist' }] },
  }));
  return { ...object, metadata: { ...object.metadata, name: 'istiod-default-validator' }, webhooks };
}

function rank(object: KubeObject): number {
  const index = first.indexOf(object.kind);
  return index === -1 ? first.length : index;
}
