import type { Finding } from '@wasmcast/core';
import { workloadAddress } from '@wasmcast/core';
import type { Case, Rule } from './case.ts';
import { rules } from './rules/all.ts';

/** The causes of one instance: each rule sees the verdicts that no rule before it has explained. Pure. */
export function explain(whole: Case, table: readonly Rule[] = rules): readonly Finding[] {
  const findings: Finding[] = [];
  let open = whole.verdicts;
  for (const rule of table) {
    if (open.length === 0) break;
    const found = rule.find({ ...whole, verdicts: open });
    if (found === undefined || found.explains.length === 0) continue;
    open = open.filter((verdict) => !found.explains.includes(verdict));
    findings.push({
      code: rule.code,
      severity: 'error',
      subject: workloadAddress(whole.instance.workload),
      instances: [whole.instance.name],
      filters: [...new Set(found.explains.map(({ filter }) => filter))],
      symptoms: [...new Set(found.explains.map(({ verdict }) => verdict))],
      cause: found.cause,
      next: found.next,
      evidence: found.evidence,
    });
  }
  return findings;
}

/** Pods that only wait for others stand behind what they wait for. */
const waits: ReadonlySet<string> = new Set(['WC-DOC-008', 'WC-DOC-009', 'WC-DOC-053']);

/** Findings that say the same of several instances of a workload, as one; those of most instances first. */
export function fold(findings: readonly Finding[]): readonly Finding[] {
  const alike = Map.groupBy(findings, ({ code, severity, subject, filters }) =>
    [severity, code, subject, ...filters].join(' '),
  );
  const folded = [...alike.values()].flatMap((group): readonly Finding[] => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ ...first, instances: [...new Set(group.flatMap(({ instances }) => instances))].toSorted() }];
  });
  const rank = ({ severity, code }: Finding): number =>
    (severity === 'error' ? 0 : 2) + (waits.has(code) ? 1 : 0);
  return folded.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      b.instances.length - a.instances.length ||
      a.subject.localeCompare(b.subject, 'en') ||
      a.code.localeCompare(b.code, 'en'),
  );
}
