import { type InstanceVerdict, instanceAddress, isLive, printable } from '@wasmcast/core';
import type { RolloutEvent } from '@wasmcast/engine';
import { type Paint, count, span } from './text.ts';
import { workloadNames } from './wave-text.ts';

/** Turns rollout events into lines for people; remembers just enough to repeat nothing. */
export function rolloutLines(p: Paint): (event: RolloutEvent) => readonly string[] {
  let progress = '';
  return (event) => {
    switch (event.type) {
      case 'rollout-started':
        if (event.steps === 0 && event.waves === 0) return [];
        return [
          `${p.bold(printable(`${event.cause}: fleet ${event.fleet} on ${event.target}`))}, ${count(event.steps, 'write')} in ${count(event.waves, 'wave')}`,
        ];
      case 'probe-started':
        return [
          `${p.bold('first')}: ${printable(event.probe)}, in the place of ${workloadNames([event.workload], event.target)}`,
        ];
      case 'probe-done':
        return [`  ${probeLine(event, p)}`];
      case 'wave-started':
        return [
          `${p.bold(`wave ${event.wave} of ${event.waves}`)}: ${workloadNames(event.workloads, event.target)}, ${count(event.instances, 'instance')}`,
        ];
      case 'wave-done':
        return [`${p.green(`wave ${event.wave} of ${event.waves}`)} is through`];
      case 'gate':
        return [`  ${gateLine(event, p)}`];
      case 'waiting':
        return [p.dim(`  waiting ${span(event.ms)} before the next wave`)];
      case 'going-back':
        return [`${p.red('going back')}: ${printable(event.reason)}`];
      case 'step-started':
      case 'rollout-finished':
        return [];
      case 'step-done':
        return [`  ${p.green('done')}    ${printable(event.summary)}`];
      case 'step-failed':
        return [`  ${p.red('failed')}  ${printable(`${event.summary}: ${event.error}`)}`];
      case 'instance':
        return [instanceLine(event.verdict, p)];
      case 'instance-gone':
        return [`  ${p.dim('gone')}    ${printable(event.instance)}`];
      case 'progress': {
        const line = `  ${event.live} of ${count(event.instances, 'instance')} as wanted`;
        if (line === progress) return [];
        progress = line;
        return [p.dim(line)];
      }
      case 'unreadable':
        return [
          `  ${p.yellow('waiting')} ${event.target} cannot be read, trying again: ${printable(event.error)}`,
        ];
      case 'remark':
        return [`  ${p.yellow('remark')}  ${event.code}: ${printable(event.error)}`];
      case 'revision':
        return [`  revision ${event.number} on ${event.target}`];
    }
  };
}

/** How a probe ended, in one line. */
export function probeLine(
  { probe, outcome, says }: Pick<Extract<RolloutEvent, { type: 'probe-done' }>, 'probe' | 'outcome' | 'says'>,
  p: Paint,
): string {
  const style = outcome === 'pass' ? 'green' : outcome === 'fail' ? 'red' : 'yellow';
  return `probe ${printable(probe)}: ${p[style](outcome)}, ${printable(says)}`;
}

/** One measurement of a gate in one line. */
export function gateLine(
  {
    gate,
    outcome,
    says,
    early,
  }: Pick<Extract<RolloutEvent, { type: 'gate' }>, 'gate' | 'outcome' | 'says' | 'early'>,
  p: Paint,
): string {
  const style = outcome === 'pass' ? 'green' : outcome === 'fail' ? 'red' : 'yellow';
  // Nobody has anything to do about what will be known in time.
  const word = early === true ? p.dim('watching') : p[style](outcome);
  return `gate ${printable(gate)}: ${word}, ${printable(says)}`;
}

/** One instance in one line: what it runs, or what is wrong with it. */
export function instanceLine(verdict: InstanceVerdict, p: Paint): string {
  const address = printable(instanceAddress(verdict.instance));
  if (isLive(verdict)) {
    const names = printable(verdict.filters.map((f) => f.filter).join(', '));
    return `  ${p.green('live')}    ${address}  ${names === '' ? p.dim('nothing of the fleet, as wanted') : names}`;
  }
  const waiting = verdict.filters.every((f) => f.verdict === 'live' || f.verdict === 'pending');
  return `  ${waiting ? p.yellow('pending') : p.red('not yet')} ${address}  ${instanceFaults(verdict)}`;
}

/** What is wrong with an instance, filter by filter; plain text. */
export function instanceFaults({ filters }: InstanceVerdict): string {
  const faults = filters
    .filter((f) => f.verdict !== 'live')
    .map((f) => `${f.filter}: ${f.verdict}${f.evidence === undefined ? '' : ` (${f.evidence})`}`);
  return printable(faults.join('; '));
}
