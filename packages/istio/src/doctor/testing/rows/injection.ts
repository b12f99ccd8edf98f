import { filter, frontpage, pod, workload } from '../../../testing/native.ts';
import type { Case } from '../../case.ts';
import { saying } from '../a-case.ts';
import { quiet, type Row } from './row.ts';

const template = (labels: Record<string, string>): Case['workload'] =>
  workload({ template: { metadata: { labels } } });

/** Why there is no sidecar, or none of the right revision. */
export const injectionRows: readonly Row[] = [
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
];
