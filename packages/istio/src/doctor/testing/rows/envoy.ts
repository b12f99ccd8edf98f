import type { ChainRemark } from '@wasmcast/core';
import { recordedText } from '../../../testing/recorded.ts';
import { readListeners } from '../../../verify/dump.ts';
import { saying } from '../a-case.ts';
import { recorded, type Row } from './row.ts';

const rejected = (text: string): ChainRemark => ({ kind: 'rejected', text });
const [foreignWords = ''] = readListeners(recordedText('refused-listeners.json')).errors;

/** What Envoy refused, and what became of a VM. */
export const envoyRows: readonly Row[] = [
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
];
