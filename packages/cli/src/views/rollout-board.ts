import { type InstanceVerdict, instanceKey, isLive, printable, workloadAddress } from '@wasmcast/core';
import type { RolloutEvent } from '@wasmcast/engine';
import { gateLine, instanceFaults, probeLine } from './rollout-text.ts';
import { type Paint, count, span } from './text.ts';

/** How far a workload is. */
interface Row {
  step: 'waiting' | 'writing' | 'written' | 'failed';
  readonly instances: Map<string, InstanceVerdict>;
}

type WatchedLine = (p: Paint) => string;

/** A rollout as a picture that is redrawn: a line for each workload, those that need a look first. */
export class RolloutBoard {
  readonly #rows = new Map<string, Row>();
  #title = '';
  #target = '';
  #steps = 0;
  #done = 0;
  #wave = '';
  #sum = '';
  #trouble = '';
  /** What the wave waits for: its pause and its gates, by name. */
  readonly #watched = new Map<string, WatchedLine>();

  /** True from the start of a rollout to its end. */
  running = false;

  /** Takes one event in. */
  take(event: RolloutEvent): void {
    switch (event.type) {
      case 'rollout-started':
        this.#rows.clear();
        this.#title = `${event.cause}: fleet ${event.fleet} on ${event.target}`;
        this.#target = event.target;
        this.#steps = event.steps;
        this.#done = 0;
        this.#begin('');
        this.running = true;
        return;
      case 'probe-started':
        this.#wave = ', trying first';
        this.#watched.set(event.probe, (p) => p.dim(`${printable(event.probe)} starts`));
        return;
      case 'probe-done':
        this.#watched.set(event.probe, (p) => probeLine(event, p));
        return;
      case 'wave-started':
        this.#begin(`, wave ${event.wave} of ${event.waves}`);
        return;
      case 'gate':
        this.#watched.set(`gate ${event.gate}`, (p) => gateLine(event, p));
        return;
      case 'waiting':
        this.#watched.set('', (p) => p.dim(`waiting ${span(event.ms)} before the next wave`));
        return;
      case 'going-back':
        this.#begin(', going back');
        this.#steps = 0;
        return;
      case 'step-started':
      case 'step-done':
      case 'step-failed':
        if (event.type === 'step-done') this.#done += 1;
        if (event.workload !== undefined) {
          this.#row(event.workload).step =
            event.type === 'step-started' ? 'writing' : event.type === 'step-done' ? 'written' : 'failed';
        }
        return;
      case 'instance':
        this.#row(workloadAddress(event.verdict.instance.workload)).instances.set(
          instanceKey(event.verdict.instance),
          event.verdict,
        );
        return;
      case 'instance-gone':
        for (const row of this.#rows.values()) row.instances.delete(`${event.instance} ${event.uid}`);
        return;
      case 'progress':
        this.#sum = `${event.live} of ${count(event.instances, 'instance')} as wanted`;
        this.#trouble = '';
        return;
      case 'unreadable':
        this.#trouble = `cannot be read, trying again: ${printable(event.error)}`;
        return;
      case 'rollout-finished':
        this.running = false;
        return;
      case 'wave-done':
      case 'remark':
      case 'revision':
        return;
    }
  }

  /** At most `rows` lines; `seconds` since the rollout began. */
  lines(rows: number, seconds: number, p: Paint): readonly string[] {
    if (!this.running) return [];
    const writes = this.#steps === 0 ? '' : `, ${this.#done} of ${count(this.#steps, 'write')}`;
    const sum = this.#sum === '' ? '' : `, ${this.#sum}`;
    const head = [`${p.bold(printable(this.#title))}${this.#wave}${writes}${sum}  ${p.dim(`${seconds} s`)}`];
    if (this.#trouble !== '') head.push(p.yellow(`  ${this.#trouble}`));
    head.push(...[...this.#watched.values()].map((line) => `  ${line(p)}`));
    const list = [...this.#rows].toSorted(([a, x], [b, y]) => rank(x) - rank(y) || (a < b ? -1 : 1));
    const room = Math.max(0, rows - head.length);
    const shown = list.length <= room ? list : list.slice(0, Math.max(0, room - 1));
    const rest = list.length - shown.length;
    return [
      ...head.slice(0, rows),
      ...shown.map(([workload, row]) => this.#line(workload, row, p)),
      ...(rest > 0 && room > 0 ? [p.dim(`  and ${count(rest, 'more workload')}`)] : []),
    ];
  }

  #line(workload: string, row: Row, p: Paint): string {
    const name = printable(workload.slice(this.#target.length + 1));
    const all = [...row.instances.values()];
    if (row.step === 'failed') return `  ${p.red('failed ')} ${name}`;
    if (row.step === 'writing') return `  ${p.yellow('writing')} ${name}`;
    if (all.length === 0) return `  ${p.dim('written')} ${name}`;
    const live = all.filter(isLive).length;
    const figure = `${live}/${all.length}`;
    if (live === all.length) return `  ${p.green('live   ')} ${name}  ${figure}`;
    const [first] = all.filter((verdict) => !isLive(verdict));
    return `  ${p.yellow('waiting')} ${name}  ${figure}  ${first === undefined ? '' : instanceFaults(first)}`;
  }

  /** Forgets what belongs to the wave before. */
  #begin(wave: string): void {
    this.#wave = wave;
    this.#sum = '';
    this.#trouble = '';
    this.#watched.clear();
  }

  #row(workload: string): Row {
    const row: Row = this.#rows.get(workload) ?? { step: 'waiting', instances: new Map() };
    this.#rows.set(workload, row);
    return row;
  }
}

/** What needs a look stands first: failed, then waiting, then being written, then done. */
function rank(row: Row): number {
  if (row.step === 'failed') return 0;
  if ([...row.instances.values()].some((verdict) => !isLive(verdict))) return 1;
  if (row.step === 'writing') return 2;
  return row.instances.size === 0 ? 3 : 4;
}
