import type { Diagnostic, FilterSpec, SourceSpan } from '@wasmcast/core';
import type { PreflightResult } from '@wasmcast/host';

/** A module's start and configure may take this long in preflight before they count as endless. */
export const preflightDeadlineMs = 10_000;

/** Why a filter that was tried must not be shipped; it carries the filter's own log lines. */
export function trialFault(
  result: Exclude<PreflightResult, { kind: 'accepted' }>,
  spec: FilterSpec,
  at: SourceSpan | undefined,
): Diagnostic {
  const logs = 'logs' in result ? result.logs.map((line) => `${line.level}: ${line.message}`) : [];
  const fault = (code: string, summary: string, help: string): Diagnostic => ({
    severity: 'error',
    code,
    summary,
    help,
    subject: `filter ${spec.name}`,
    ...(logs.length > 0 && { detail: logs }),
    ...(at !== undefined && { source: at }),
  });
  switch (result.kind) {
    case 'refused':
      return fault(
        'WC-PRE-001',
        `filter ${spec.name} refuses its configuration (${result.callback} returned false)`,
        'its own log lines say why; nothing was written',
      );
    case 'trapped':
      return fault(
        'WC-PRE-002',
        `filter ${spec.name} trapped in ${result.callback}: ${result.message}`,
        'in a proxy every request would get 503; mend the filter or its configuration',
      );
    case 'deadline':
      return fault(
        'WC-PRE-003',
        `filter ${spec.name} did not come back from ${result.callback} within ${preflightDeadlineMs / 1000} s`,
        'in a proxy it would block a worker for good',
      );
    case 'not-loadable':
      return fault(
        'WC-PRE-004',
        `the module of filter ${spec.name} cannot be loaded: ${result.reason}`,
        'wasmcast check MODULE says more',
      );
  }
}
