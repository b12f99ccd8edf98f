import type { ChainRemark } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { filter, frontpage, imageFilter, pod, workload } from '../../testing/native.ts';
import { recordedText } from '../../testing/recorded.ts';
import { readListeners } from '../../verify/dump.ts';
import type { Case } from '../case.ts';
import { explain, fold } from '../explain.ts';
import { type ProxyLog, readProxyLog } from '../proxy-log.ts';
import { aCase, saying } from '../testing.ts';
import { rules } from './all.ts';

const at = '2026-11-23T02:00:00Z';
const recorded = readProxyLog(recordedText('proxy-log.txt'));
const quiet: ProxyLog = { pulls: [], refusals: [], vms: [], traps: [], notReady: undefined };
const rejected = (text: string): ChainRemark => ({ kind: 'rejected', text });
const [foreignWords = ''] = readListeners(recordedText('refused-listeners.json')).errors;

/** A case whose filter comes from this repository of the recorded registry. */
const pulling = (repository: string, change: Partial<Case> = {}): Partial<Case> => {
  const { image } = imageFilter('one');
  if (image === undefined) throw new TypeError('an image filter has an image');
  const reference = `registry.example:5000/istio-test/${repository}@sha256:${image.digest}`;
  const filters = [imageFilter('one', { image: { ...image, reference } })];
  return { wanted: [{ workload: frontpage, direction: 'inbound', filters }], log: recorded, ...change };
};
/** The same with other words of the agent; they are go-containerregistry's and Go's own. */
const failing = (words: string): Partial<Case> => {
  const url = 'oci://registry.example:5000/istio-test/none:1';
  const log = { ...quiet, pulls: [{ url, words, placeholder: 'deny' as const }] };
  return pulling('none', { log, verdicts: [saying('placeholder-deny')] });
};
const container = (state: object, name = 'istio-proxy'): Partial<Case> => ({
  pod: pod('frontpage-v1-1', { status: { phase: 'Pending', containerStatuses: [{ name, ...state }] } }),
  verdicts: [saying('pending', 'its sidecar is not ready')],
});
const template = (labels: Record<string, string>): Case['workload'] =>
  workload({ template: { metadata: { labels } } });
const old = pod('frontpage-v1-1', {
  metadata: { name: 'frontpage-v1-1', namespace: 'foo', labels: { 'mounts.wasmcast.dev/shop': 'before' } },
});

/** Each row: what was seen, the rule that has to explain it, and a part of its cause. */
const table: readonly (readonly [what: string, code: string, cause: RegExp, seen: Partial<Case>])[] = [
  [
    'no right',
    'WC-DOC-001',
    /may not look/,
    { verdicts: [saying('not-permitted', 'pods/portforward is forbidden')] },
  ],
  ['the workload is gone', 'WC-DOC-002', /no Deployment frontpage-v1 any more/, { workload: undefined }],
  [
    'the injector does not answer',
    'WC-DOC-003',
    /webhook that injects sidecars/,
    {
      pod: undefined,
      warnings: [
        {
          reason: 'FailedCreate',
          message:
            'Error creating: Internal error occurred: failed calling webhook "namespace.sidecar-injector.istio.io": connection refused',
        },
      ],
    },
  ],
  [
    'a quota',
    'WC-DOC-003',
    /API server refuses it/,
    {
      pod: undefined,
      warnings: [{ reason: 'FailedCreate', message: 'pods "x" is forbidden: exceeded quota: q' }],
    },
  ],
  [
    'no node',
    'WC-DOC-004',
    /no node takes the pod/,
    {
      pod: pod('frontpage-v1-1', {
        status: {
          conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }],
        },
      }),
    },
  ],
  [
    'the ConfigMap is gone before the pod starts',
    'WC-DOC-005',
    /waits for ConfigMap wasmcast-shop-1/,
    {
      warnings: [
        {
          reason: 'FailedMount',
          message: 'MountVolume.SetUp failed for volume "w" : configmap "wasmcast-shop-1" not found',
        },
      ],
    },
  ],
  [
    'out of memory',
    'WC-DOC-006',
    /more memory than its limit/,
    container({ restartCount: 3, lastState: { terminated: { reason: 'OOMKilled' } } }),
  ],
  [
    'the application crashes',
    'WC-DOC-007',
    /container app of the pod does not start: CrashLoopBackOff/,
    container({ state: { waiting: { reason: 'CrashLoopBackOff' } } }, 'app'),
  ],
  ['a pod of the old template', 'WC-DOC-008', /not replaced yet/, { pod: old, mounts: 'now' }],
  [
    'a pod of a paused Deployment',
    'WC-DOC-008',
    /its workload is paused/,
    { pod: old, mounts: 'now', workload: workload({ paused: true }) },
  ],
  [
    'a pod on its way out',
    'WC-DOC-009',
    /on its way out/,
    {
      pod: pod('frontpage-v1-1', { metadata: { name: 'frontpage-v1-1', deletionTimestamp: at } }),
      verdicts: [saying('pending', 'it is terminating')],
    },
  ],
  [
    'a module that was deleted',
    'WC-DOC-010',
    /ConfigMap foo\/m with the module is not there/,
    { differences: [{ kind: 'missing', object: 'ConfigMap foo/m', fields: [] }] },
  ],
  [
    'a module that was replaced',
    'WC-DOC-011',
    /other bytes than its name says/,
    { verdicts: [saying('wrong-digest', 'ConfigMap foo/m holds a module with sha256:ab')] },
  ],
  [
    'a template that somebody writes',
    'WC-DOC-012',
    /does not mount the modules .*: argocd-controller writes it/,
    {
      differences: [
        {
          kind: 'edited',
          object: 'Deployment foo/frontpage-v1',
          fields: ['volume', 'label'],
          by: { manager: 'argocd-controller', at },
        },
      ],
    },
  ],
  [
    'a deleted EnvoyFilter',
    'WC-DOC-013',
    /EnvoyFilter foo\/x is not there/,
    { differences: [{ kind: 'missing', object: 'EnvoyFilter foo/x', fields: [] }] },
  ],
  [
    'an edited EnvoyFilter',
    'WC-DOC-014',
    /somebody edited EnvoyFilter foo\/x by kubectl-edit at 2026-11-23T02:00:00Z/,
    {
      differences: [
        {
          kind: 'edited',
          object: 'EnvoyFilter foo/x',
          fields: ['spec'],
          by: { manager: 'kubectl-edit', at },
        },
      ],
    },
  ],
  [
    'a filter that nobody wants',
    'WC-DOC-015',
    /nobody wants any more/,
    { verdicts: [saying('still-there')] },
  ],
  [
    'what is refused',
    'WC-DOC-016',
    /it is a waypoint/,
    { refusals: [{ severity: 'error', code: 'WC-IST-007', summary: 'it is a waypoint' }] },
  ],
  [
    'injection that is off for the namespace',
    'WC-DOC-020',
    /not switched on for namespace foo/,
    { verdicts: [saying('no-sidecar')], namespaceLabels: {} },
  ],
  [
    'injection that is off for the workload',
    'WC-DOC-020',
    /switched off for this workload/,
    { verdicts: [saying('no-sidecar')], workload: template({ 'sidecar.istio.io/inject': 'false' }) },
  ],
  [
    'a pod from before injection',
    'WC-DOC-020',
    /before injection was switched on/,
    { verdicts: [saying('no-sidecar')] },
  ],
  [
    'the host network',
    'WC-DOC-020',
    /network of its host/,
    { verdicts: [saying('no-sidecar')], workload: workload({ template: { spec: { hostNetwork: true } } }) },
  ],
  [
    'a sidecar of another revision',
    'WC-DOC-021',
    /revision old of Istio, .* get revision new/,
    {
      pod: pod('frontpage-v1-1', { metadata: { name: 'p', labels: { 'istio.io/rev': 'old' } } }),
      namespaceLabels: { 'istio.io/rev': 'new' },
    },
  ],
  [
    'annotations that nobody acted on',
    'WC-DOC-022',
    /does not have the module mounted/,
    { wanted: [{ workload: frontpage, direction: 'inbound', filters: [filter('one')] }] },
  ],
  [
    'no istiod',
    'WC-DOC-023',
    /no configuration from istiod/,
    {
      verdicts: [saying('pending', 'Envoy is pre_initializing')],
      log: {
        ...quiet,
        notReady: 'config not received from XDS server (is Istiod running?): cds updates: 0 successful',
      },
    },
  ],
  [
    'a placeholder and a silent log',
    'WC-DOC-030',
    /could not fetch the module; meanwhile requests pass without the filter/,
    { verdicts: [saying('placeholder-allow')], log: quiet },
  ],
  [
    'an image that is not there',
    'WC-DOC-031',
    /does not have the image: .*; meanwhile every request gets 403/,
    pulling('none', { verdicts: [saying('placeholder-deny')] }),
  ],
  [
    'a wrong secret',
    'WC-DOC-032',
    /does not let the sidecar in/,
    failing('GET https://r/v2/: UNAUTHORIZED: access denied'),
  ],
  [
    'a tag that moved',
    'WC-DOC-033',
    /another image under that name/,
    pulling('doctor-rec', { verdicts: [saying('placeholder-deny')] }),
  ],
  [
    'too many pulls',
    'WC-DOC-034',
    /no more for now/,
    failing('TOOMANYREQUESTS: You have reached your pull rate limit'),
  ],
  [
    'a foreign CA',
    'WC-DOC-035',
    /does not trust/,
    failing('tls: failed to verify certificate: x509: unknown authority'),
  ],
  ['a registry that is away', 'WC-DOC-036', /does not reach/, failing('dial tcp: lookup r: no such host')],
  [
    'a wrong layout',
    'WC-DOC-037',
    /not laid out as Istio takes it/,
    failing(
      'the given image is in invalid format as an OCI image: could not parse as compat variant: invalid media type',
    ),
  ],
  ['a missing import', 'WC-DOC-040', /what this Envoy does not have: env\.proxy_nonsense/, { log: recorded }],
  [
    'a file that is not there',
    'WC-DOC-041',
    /whose file is not in its pod/,
    { remarks: [rejected('Invalid path: /var/local/lib/wasm-filters/0123456789abcdef.wasm')] },
  ],
  [
    'a module that refuses its configuration',
    'WC-DOC-042',
    /could not start the module/,
    { remarks: [rejected('Unable to create Wasm plugin one')] },
  ],
  [
    "somebody else's fault",
    'WC-DOC-043',
    /because of something else in it/,
    { remarks: [rejected(foreignWords)], verdicts: [saying('pending', 'Envoy is initializing')] },
  ],
  [
    'a filter that loops',
    'WC-DOC-054',
    /does not come back/,
    {
      verdicts: [
        saying('crashed', 'a worker thread (worker_0) has stood still for 20 s: a filter does not come back'),
      ],
    },
  ],
  [
    'a dead VM',
    'WC-DOC-050',
    /VM of the filter died/,
    {
      verdicts: [
        saying('crashed', 'its VM died: proxy_on_request_headers: Uncaught RuntimeError: unreachable'),
      ],
    },
  ],
  [
    'a VM that is dead, one of several',
    'WC-DOC-055',
    /perhaps that of this filter/,
    { verdicts: [saying('maybe-crashed', 'a VM died, of one of one, two: proxy_on_request_headers: x')] },
  ],
  [
    'a proxy that does not answer',
    'WC-DOC-051',
    /does not answer/,
    { verdicts: [saying('unreachable', 'no answer in 15 s')] },
  ],
  [
    'a filter on its way',
    'WC-DOC-052',
    /waits for a part/,
    { verdicts: [saying('pending', 'its configuration has not arrived')] },
  ],
  [
    'a pod that starts',
    'WC-DOC-053',
    /still starting/,
    { verdicts: [saying('pending', 'its sidecar is PodInitializing')] },
  ],
  [
    'a port that is no HTTP',
    'WC-DOC-060',
    /takes this traffic for TCP/,
    { verdicts: [saying('not-in-chain', 'the proxy has no inbound HTTP listener')] },
  ],
  [
    'a tie',
    'WC-DOC-061',
    /a place of the same rank/,
    { verdicts: [saying('out-of-order')], remarks: [{ kind: 'tie', text: 'a and b' }] },
  ],
  [
    'an update that did not arrive',
    'WC-DOC-062',
    /has not taken them up/,
    { verdicts: [saying('wrong-config', 'other')] },
  ],
  [
    'what nobody knows',
    'WC-DOC-099',
    /none of the known causes/,
    {
      verdicts: [saying('wrong-digest')],
      differences: [{ kind: 'extra', object: 'EnvoyFilter foo/x', fields: [] }],
    },
  ],
];

describe('what was seen, and its cause', () => {
  it.each(table)('%s: %s', (_what, code, cause, seen) => {
    const findings = explain(aCase(seen));
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    expect(findings[0]?.cause).toMatch(cause);
    expect(findings[0]?.next.length).toBeGreaterThan(0);
    expect(findings[0]?.evidence.length).toBeGreaterThan(0);
  });

  it('has a row for every rule', () => {
    expect(new Set(table.map(([, code]) => code))).toEqual(new Set(rules.map(({ code }) => code)));
  });

  it('asks no rule about what another one has explained', () => {
    const two = { ...saying('placeholder-deny'), filter: 'two' };
    const findings = explain(aCase(pulling('none', { verdicts: [saying('placeholder-deny'), two] })));
    expect(findings.map(({ code, filters }) => [code, filters])).toEqual([
      ['WC-DOC-031', ['one']],
      ['WC-DOC-030', ['two']],
    ]);
  });

  it('folds what is the same of several instances, and puts those that only wait behind', () => {
    const instance = (name: string): Case['instance'] => ({ workload: frontpage, name, uid: name });
    const findings = fold([
      ...explain(aCase({ instance: instance('old'), pod: old, mounts: 'now' })),
      ...explain(aCase({ instance: instance('b'), verdicts: [saying('unreachable')] })),
      ...explain(aCase({ instance: instance('a'), verdicts: [saying('unreachable')] })),
    ]);
    expect(findings.map(({ code, instances }) => [code, ...instances])).toEqual([
      ['WC-DOC-051', 'a', 'b'],
      ['WC-DOC-008', 'old'],
    ]);
  });

  it('takes nothing from a log that is long mended', () => {
    const seen = {
      log: { ...recorded, refusals: recorded.refusals.filter(({ resource }) => resource === 'Listener') },
    };
    expect(explain(aCase(seen)).map(({ code }) => code)).toEqual(['WC-DOC-062']);
  });
});
