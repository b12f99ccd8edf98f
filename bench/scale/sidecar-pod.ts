/**
 * A pod as Istio's webhook leaves it, with all that a sidecar brings along: what a plan has to read is as large as in a real
 * mesh. Nothing of it runs.
 */
const fieldOf = (name: string, fieldPath: string): object => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
const valueOf = (name: string, value: string): object => ({ name, value });

function environment(workload: string, namespace: string): readonly object[] {
  return [
    valueOf('PILOT_CERT_PROVIDER', 'istiod'),
    valueOf('CA_ADDR', 'istiod.istio-system.svc:15012'),
    fieldOf('POD_NAME', 'metadata.name'),
    fieldOf('POD_NAMESPACE', 'metadata.namespace'),
    fieldOf('INSTANCE_IP', 'status.podIP'),
    fieldOf('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    fieldOf('HOST_IP', 'status.hostIP'),
    { name: 'ISTIO_CPU_LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    valueOf(
      'PROXY_CONFIG',
      '{"discoveryAddress":"istiod.istio-system.svc:15012","terminationDrainDuration":"1s"}\n',
    ),
    valueOf(
      'ISTIO_META_POD_PORTS',
      '[\n    {"name":"http","containerPort":8080,"protocol":"TCP"},\n    {"name":"metrics","containerPort":9090,"protocol":"TCP"}\n]',
    ),
    valueOf('ISTIO_META_APP_CONTAINERS', 'app'),
    { name: 'GOMEMLIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
    { name: 'GOMAXPROCS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    valueOf('ISTIO_META_CLUSTER_ID', 'Kubernetes'),
    fieldOf('ISTIO_META_NODE_NAME', 'spec.nodeName'),
    valueOf('ISTIO_META_INTERCEPTION_MODE', 'REDIRECT'),
    valueOf('ISTIO_META_WORKLOAD_NAME', workload),
    valueOf('ISTIO_META_OWNER', `kubernetes://apis/apps/v1/namespaces/${namespace}/deployments/${workload}`),
    valueOf('ISTIO_META_MESH_ID', 'cluster.local'),
    valueOf('TRUST_DOMAIN', 'cluster.local'),
    valueOf(
      'ISTIO_KUBE_APP_PROBERS',
      '{"/app-health/app/readyz":{"httpGet":{"path":"/","port":8080,"scheme":"HTTP"},"timeoutSeconds":1}}',
    ),
  ];
}

const mounts = {
  'workload-socket': '/var/run/secrets/workload-spiffe-uds',
  'credential-socket': '/var/run/secrets/credential-uds',
  'workload-certs': '/var/run/secrets/workload-spiffe-credentials',
  'istiod-ca-cert': '/var/run/secrets/istio',
  'istio-data': '/var/lib/istio/data',
  'istio-envoy': '/etc/istio/proxy',
  'istio-token': '/var/run/secrets/tokens',
  'istio-podinfo': '/etc/istio/pod',
} as const;

const volumes: readonly object[] = [
  ...['workload-socket', 'credential-socket', 'workload-certs', 'istio-data'].map((name) => ({
    name,
    emptyDir: {},
  })),
  { name: 'istio-envoy', emptyDir: { medium: 'Memory' } },
  {
    name: 'istio-podinfo',
    downwardAPI: {
      items: ['labels', 'annotations'].map((path) => ({
        path,
        fieldRef: { fieldPath: `metadata.${path}` },
      })),
    },
  },
  {
    name: 'istio-token',
    projected: {
      sources: [
        { serviceAccountToken: { audience: 'istio-ca', expirationSeconds: 43_200, path: 'istio-token' } },
      ],
    },
  },
  { name: 'istiod-ca-cert', configMap: { name: 'istio-ca-root-cert' } },
];

const probe = (periodSeconds: number): object => ({
  httpGet: { path: '/healthz/ready', port: 15_021 },
  timeoutSeconds: 3,
  periodSeconds,
  failureThreshold: 4,
});

/** The annotations and the spec of the pods of a workload. */
export function injectedPod(
  workload: string,
  namespace: string,
  node: string,
): { readonly annotations: Readonly<Record<string, string>>; readonly spec: object } {
  const annotations = {
    'kubectl.kubernetes.io/default-container': 'app',
    'prometheus.io/port': '15020',
    'prometheus.io/scrape': 'true',
    'sidecar.istio.io/status': JSON.stringify({
      initContainers: ['istio-init'],
      containers: ['istio-proxy'],
      volumes: Object.keys(mounts),
      revision: 'default',
    }),
  };
  const spec = {
    // There is no scheduler.
    nodeName: node,
    terminationGracePeriodSeconds: 0,
    serviceAccountName: 'default',
    initContainers: [
      {
        name: 'istio-init',
        image: 'istio/proxyv2:1.31.0',
        args: 'istio-iptables -p 15001 -z 15006 -u 1337 -m REDIRECT -i * -b * -d 15090,15021,15020'.split(
          ' ',
        ),
        resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '5m', memory: '40Mi' } },
        securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] }, runAsUser: 0 },
      },
    ],
    containers: [
      {
        name: 'app',
        image: 'registry.example/shop/app:1',
        ports: [{ containerPort: 8080, name: 'http' }],
        env: Array.from({ length: 12 }, (_, i) => valueOf(`APP_SETTING_${i}`, `some-value-of-setting-${i}`)),
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 5 },
        livenessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 5 },
      },
      {
        name: 'istio-proxy',
        image: 'istio/proxyv2:1.31.0',
        args: [
          'proxy',
          'sidecar',
          '--domain',
          '$(POD_NAMESPACE).svc.cluster.local',
          '--log_output_level=default:info',
        ],
        ports: [{ containerPort: 15_090, name: 'http-envoy-prom' }],
        env: environment(workload, namespace),
        resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '5m', memory: '40Mi' } },
        readinessProbe: probe(15),
        startupProbe: probe(1),
        securityContext: { runAsUser: 1337, runAsGroup: 1337, readOnlyRootFilesystem: true },
        volumeMounts: Object.entries(mounts).map(([name, mountPath]) => ({ name, mountPath })),
      },
    ],
    volumes,
  };
  return { annotations, spec };
}
