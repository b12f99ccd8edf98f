import type { Diagnostic, ExitName } from '@wasmcast/core';

/** Codes of what this target refuses or remarks. They are stable. */
export const codes = {
  interleaving: 'WC-IST-001',
  positionNeedsImage: 'WC-IST-002',
  moduleTooLarge: 'WC-IST-003',
  objectTooLarge: 'WC-IST-004',
  gatewayNeedsImage: 'WC-IST-005',
  directionOfGateway: 'WC-IST-006',
  waypoint: 'WC-IST-007',
  selectorOverlaps: 'WC-IST-008',
  noInjection: 'WC-IST-009',
  notInjectedYet: 'WC-IST-010',
  noNamespace: 'WC-IST-011',
  hostNetwork: 'WC-IST-012',
  noModule: 'WC-IST-013',
  rootNamespace: 'WC-IST-014',
  annotationMalformed: 'WC-IST-015',
  mountPathTaken: 'WC-IST-016',
  noTrafficExtension: 'WC-IST-017',
  kindChanges: 'WC-IST-018',
  configNotObject: 'WC-IST-019',
  reloadTooNew: 'WC-IST-020',
  vmNotExpressible: 'WC-IST-021',
  overLimit: 'WC-IST-022',
  noSelector: 'WC-IST-023',
  noRight: 'WC-IST-024',
  notOurs: 'WC-IST-025',
  worldMoved: 'WC-IST-026',
  stillUsed: 'WC-IST-027',
  noWorkload: 'WC-IST-028',
  embedded: 'WC-IST-029',
  noImage: 'WC-IST-030',
  noBytesInPlan: 'WC-IST-031',
  noMesh: 'WC-IST-032',
  envOfLiveImage: 'WC-IST-033',
  unseenNamespace: 'WC-IST-034',
  revisionTooLarge: 'WC-IST-035',
  noInstances: 'WC-IST-036',
  tooOld: 'WC-IST-040',
  directionNotKnown: 'WC-IST-041',
  envNotKnown: 'WC-IST-042',
  pullSecretNotKnown: 'WC-IST-043',
  openNotKnown: 'WC-IST-044',
  untested: 'WC-IST-045',
  unknownRelease: 'WC-IST-046',
  keepsOld: 'WC-IST-047',
  sharedVm: 'WC-IST-048',
  noModuleServer: 'WC-IST-049',
  templateKept: 'WC-IST-050',
  objectKept: 'WC-IST-051',
  namespaceKept: 'WC-IST-052',
  noLogs: 'WC-IST-060',
} as const;

/** A refusal. */
export function refuse(
  code: string,
  subject: string,
  summary: string,
  help?: string,
  exit?: ExitName,
): Diagnostic {
  return {
    severity: 'error',
    code,
    summary,
    subject,
    ...(help !== undefined && { help }),
    ...(exit !== undefined && { exit }),
  };
}

/** A remark that stops nothing. */
export function remark(code: string, subject: string, summary: string, help?: string): Diagnostic {
  return { severity: 'warning', code, summary, subject, ...(help !== undefined && { help }) };
}
