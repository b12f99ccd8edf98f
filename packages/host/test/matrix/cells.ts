import type { AbiVersion } from '../../src/index.ts';
import { compileFilter } from '../compile.ts';
import type { Exchanged, Observed, Subject } from '../sides/observed.ts';
import type { Call } from './calls.ts';
import { callsOf, phaseNames, phases, type Phase } from './phases.ts';

/** What is compared of a cell. */
export interface Cell {
  /** What crossed the border between host and module, in Envoy's words, and the lines that the module logged. */
  readonly crossings: readonly string[];
  /** What went over the wire; `undefined` where the cell has no request. */
  readonly exchanged: Exchanged | undefined;
}

/** One side's cells, by `phase call`. */
export type Cells = ReadonlyMap<string, Cell>;

export function cellName(phase: Phase, call: Call): string {
  return `${phase} ${call}`;
}

const mark = /^log info cell (.*)$/;

/** The probe as a module of this ABI. `wasiOfGo` false: for an Envoy before 1.39, which does not have all that Go imports. */
export function compileProbe(abi: AbiVersion, wasiOfGo = true): Promise<Uint8Array> {
  const flags = [`ABI=${abi.replace(/^0\.(\d)\./, '$1')}`, `WASI_OF_GO=${wasiOfGo ? 1 : 0}`];
  return compileFilter(
    `matrix-${abi.replaceAll('.', '-')}`,
    flags.flatMap((flag) => ['--use', flag]),
  );
}

/** One probe for each phase. Its last request stands for no cell: it ends the one before. */
export function subjectsOf(wasm: Uint8Array, abi: AbiVersion): Subject[] {
  return phaseNames.map((phase) => ({
    name: phase,
    wasm,
    configuration: [phase, ...callsOf(phase, abi)].join(' '),
    over: phases[phase] === 'connection' ? 'tcp' : 'http',
    requests: phases[phase] === 'once' ? 0 : callsOf(phase, abi).length + 1,
  }));
}

/** The call of a stream that comes after the last cell of its phase, so that the last one ends somewhere, too. */
const noCall = / none$/;

/**
 * Cuts what crossed the border into cells, at the lines with which the probe begins each of them. A cell with a request
 * ends where the next one begins, one without where its callback returns.
 */
export function cutCells({ crossings, exchanges }: Observed, abi: AbiVersion): Cells {
  const wire = new Map<string, Exchanged>();
  for (const phase of phaseNames)
    callsOf(phase, abi).forEach((call, i) => {
      const one = exchanges.get(phase)?.[i];
      if (one !== undefined) wire.set(cellName(phase, call), one);
    });
  const cells = new Map<string, Cell>();
  let name: string | undefined;
  let lines: string[] = [];
  const close = (): void => {
    if (name !== undefined && !noCall.test(name)) {
      cells.set(name, { crossings: lines, exchanged: wire.get(name) });
    }
    lines = [];
  };
  for (const line of crossings) {
    const found = mark.exec(line)?.[1];
    // A context may be created twice.
    if (found === undefined || found === name) {
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

/** Without the numbers that all VMs of a process share, tokens of queues and the cas of shared data, and without the time. */
function withoutTokens(line: string): string {
  return line
    .replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/, 'date')
    .replace(/(proxy_on_queue_ready\(\d+, )\d+/, '$1queue')
    .replace(/(proxy_(?:en|de)queue_shared_queue\()(?!99999,)\d+/, '$1queue')
    .replace(/(proxy_set_shared_data\(.*, )(?!0\)|77777\))\d+\)/, '$1cas)');
}
