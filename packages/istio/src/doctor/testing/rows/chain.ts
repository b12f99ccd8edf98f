import { saying } from '../a-case.ts';
import type { Row } from './row.ts';

/** What is wrong with a chain that Envoy has taken, and what nobody knows. */
export const chainRows: readonly Row[] = [
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
