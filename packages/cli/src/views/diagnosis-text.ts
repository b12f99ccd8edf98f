import { type Diagnosis, type Finding, printable } from '@wasmcast/core';
import { type Paint, bounded, count } from './text.ts';

/** What the examination of a target came to: each cause with what shows it and what to do, then how far it could see. */
export function diagnosisText(
  { target, instances, live, findings, looked, unseen }: Diagnosis,
  p: Paint,
): string {
  const sum = `${live} of ${count(instances, 'instance')} live`;
  const lines = [`${p.bold(`target ${target}`)}: ${live === instances ? p.green(sum) : p.red(sum)}`];
  for (const finding of findings) lines.push('', ...findingLines(target, finding, p));
  if (findings.length === 0)
    lines.push('', instances === 0 ? 'The fleet is on no instance.' : 'Nothing is wrong that could be seen.');
  lines.push('', p.dim(`looked at: ${printable(looked.join('; '))}`));
  if (unseen.length > 0) lines.push(p.yellow(`could not see: ${printable(unseen.join('; '))}`));
  return `${lines.join('\n')}\n`;
}

function findingLines(target: string, finding: Finding, p: Paint): readonly string[] {
  const { code, severity, subject, cause, instances, filters, symptoms, evidence, next } = finding;
  const label = severity === 'error' ? p.red(p.bold(`error[${code}]`)) : p.yellow(p.bold(`warning[${code}]`));
  const where = subject.startsWith(`${target}/`) ? subject.slice(target.length + 1) : subject;
  const seen = [
    symptoms.join(', '),
    filters.length === 0 ? '' : `of ${bounded(filters, 5)}`,
    instances.length === 0 ? '' : `on ${bounded(instances, 3)}`,
  ].filter((part) => part !== '');
  return [
    `${label}: ${p.bold(printable(where))}: ${printable(cause)}`,
    ...(seen.length === 0 ? [] : [`  shows    ${printable(seen.join(' '))}`]),
    ...evidence.map((text, i) => `  ${i === 0 ? 'because ' : '        '} ${printable(text)}`),
    ...next.map((text, i) => `  ${i === 0 ? 'do      ' : '     or '} ${printable(text)}`),
  ];
}
