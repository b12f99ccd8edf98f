import type { Answer, Seen } from '../envoy/client.ts';
import type { Call } from './calls.ts';
import { phases, type Phase } from './phases.ts';

/** What is compared of a cell. */
export interface Cell {
  /** What crossed the border between host and module, in Envoy's words, and the lines that the module logged. */
  readonly crossings: readonly string[];
  /** What the client got; `undefined` where the cell has no request. */
  readonly client: Answer | undefined;
  /** What the upstream got; `undefined` where nothing reached it, or where it was left to chance whether it did. */
  readonly upstream: Seen | undefined;
}

/** One side's cells, by `phase call`. */
export type Cells = ReadonlyMap<string, Cell>;

export function cellName(phase: Phase, call: Call): string {
  return `${phase} ${call}`;
}

/** What went over the wire in the cells that have a request. */
export type Wire = ReadonlyMap<string, Pick<Cell, 'client' | 'upstream'>>;

const mark = /^log info cell (.*)$/;

/** The call of a stream that comes after the last cell of its phase, so that the last one ends somewhere, too. */
const noCall = / none$/;

/**
 * Cuts what crossed the border into cells, at the lines with which the probe begins each of them. A cell with a request
 * ends where the next one begins, one without where its callback returns.
 */
export function cutCells(crossings: readonly string[], wire: Wire): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  let name: string | undefined;
  let lines: string[] = [];
  const close = (): void => {
    if (name !== undefined && !noCall.test(name)) {
      cells.set(name, { crossings: lines, client: undefined, upstream: undefined, ...wire.get(name) });
    }
    lines = [];
  };
  for (const line of crossings) {
    const found = mark.exec(line)?.[1];
    if (found === undefined) {
      lines.push(withoutTokens(line));
      if (name !== undefined && isOnce(name) && line.startsWith('[host<-vm] proxy_')) {
        close();
        name = undefined;
      }
      continue;
    }
    // The callback that says so belongs to it.
    const begin = isOnce(found)
      ? lines.length
      : lines.findLastIndex((l) => l.startsWith('[host->vm] proxy_'));
    const own = lines.splice(begin);
    close();
    lines = own;
    name = found;
  }
  close();
  return cells;
}

function isOnce(name: string): boolean {
  return phases[name.split(' ')[0] as Phase] === 'once';
}

/** Without the numbers that all VMs of a process share: tokens of queues, and the cas of shared data. */
function withoutTokens(line: string): string {
  return line
    .replace(/(proxy_on_queue_ready\(\d+, )\d+/, '$1queue')
    .replace(/(proxy_(?:en|de)queue_shared_queue\()(?!99999,)\d+/, '$1queue')
    .replace(/(proxy_set_shared_data\(.*, )(?!0\)|77777\))\d+\)/, '$1cas)');
}
