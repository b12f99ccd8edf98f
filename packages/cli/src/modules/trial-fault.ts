import type { Diagnostic, SourceSpan } from '@wasmcast/core';
import type { PreflightResult } from '@wasmcast/host';

/** A module's start and configure may take this long in preflight before they count as endless. */
export const preflightDeadlineMs = 10_000;

/** A trial that did not end well. */
type FailedTrial = Exclude<PreflightResult, { kind: 'accepted' }>;

/** Why a filter that was tried did not start, as a part of a sentence. */
export function trialReason(result: FailedTrial): string {
  switch (result.kind) {
    case 'refused':
      return `refuses its configuration (${result.callback} returned false)`;
    case 'trapped':
      return `trapped in ${result.callback}: ${result.message}`;
    case 'deadline':
      return `did not come back from ${result.callback} within ${preflightDeadlineMs / 1000} s`;
    case 'not-loadable':
      return `cannot be loaded: ${result.reason}`;
  }
}

const codes = {
  refused: 'WC-PRE-001',
  trapped: 'WC-PRE-002',
  deadline: 'WC-PRE-003',
  'not-loadable': 'WC-PRE-004',
} as const;

const helps = {
  refused: 'its own log lines say why; nothing was written',
  trapped: 'in a proxy every request would get 503; mend the filter or its configuration',
  deadline: 'in a proxy it would block a worker for good',
  'not-loadable': 'wasmcast check MODULE says more',
} as const;

/** Why a filter that was tried must not be shipped; it carries the filter's own log lines. */
export function trialFault(result: FailedTrial, filter: string, at?: SourceSpan): Diagnostic {
  const logs = 'logs' in result ? result.logs.map((line) => `${line.level}: ${line.message}`) : [];
  return {
    severity: 'error',
    code: codes[result.kind],
    summary: `filter ${filter} ${trialReason(result)}`,
    help: helps[result.kind],
    subject: `filter ${filter}`,
    ...(logs.length > 0 && { detail: logs }),
    ...(at !== undefined && { source: at }),
  };
}
