import { type InstanceVerdict, instanceAddress, isLive, printable } from '@wasmcast/core';
import type { RolloutEvent } from '@wasmcast/engine';
import { type Paint, count } from './text.ts';

/** Turns rollout events into lines for people; remembers just enough to repeat nothing. */
export function rolloutLines(p: Paint): (event: RolloutEvent) => readonly string[] {
  let progress = '';
  return (event) => {
    switch (event.type) {
      case 'rollout-started':
        if (event.steps === 0) return [];
        return [
          `${p.bold(printable(`${event.cause}: fleet ${event.fleet} on ${event.target}`))}, ${count(event.steps, 'write')}`,
        ];
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
