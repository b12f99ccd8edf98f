import { saying } from '../a-case.ts';
import type { Row } from './row.ts';

const at = '2026-11-23T02:00:00Z';

/** What became of the objects that bring a filter. */
export const objectRows: readonly Row[] = [
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
];
