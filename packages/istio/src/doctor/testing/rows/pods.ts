import { pod, workload } from '../../../testing/native.ts';
import type { Case } from '../../case.ts';
import { saying } from '../a-case.ts';
import { oldPod, type Row } from './row.ts';

const container = (state: object, name = 'istio-proxy'): Partial<Case> => ({
  pod: pod('frontpage-v1-1', { status: { phase: 'Pending', containerStatuses: [{ name, ...state }] } }),
  verdicts: [saying('pending', 'its sidecar is not ready')],
});

/** Why there is no pod, or none of the present template. */
export const podRows: readonly Row[] = [
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
  ['a pod of the old template', 'WC-DOC-008', /not replaced yet/, { pod: oldPod, mounts: 'now' }],
  [
    'a pod of a paused Deployment',
    'WC-DOC-008',
    /its workload is paused/,
    { pod: oldPod, mounts: 'now', workload: workload({ paused: true }) },
  ],
  [
    'a pod on its way out',
    'WC-DOC-009',
    /on its way out/,
    {
      pod: pod('frontpage-v1-1', {
        metadata: { name: 'frontpage-v1-1', deletionTimestamp: '2026-11-23T02:00:00Z' },
      }),
      verdicts: [saying('pending', 'it is terminating')],
    },
  ],
];
