import { assertNever } from '@wasmcast/core';
import type { LogEntry } from '../ports/ports.ts';
import type { PreflightFilter, PreflightTask, ProbeOutcome, StartCost } from './protocol.ts';
import { TrialProcess, type TrialEnd } from './trial-process.ts';

/** What {@link preflight} found. `logs` are the filter's own lines and the host's, at most 1000. */
export type PreflightResult =
  | ({
      readonly kind: 'accepted';
      readonly logs: readonly LogEntry[];
      /** How a request went, if it was to be measured. */
      readonly probe?: ProbeOutcome;
    } & StartCost)
  /** The callback returned false: in Envoy the configuration would be rejected. */
  | {
      readonly kind: 'refused';
      readonly callback: 'on_vm_start' | 'on_configure';
      readonly logs: readonly LogEntry[];
    }
  /** `message` is `<callback> trapped: <reason>` with the module's stack below it. */
  | {
      readonly kind: 'trapped';
      readonly callback: string;
      readonly message: string;
      readonly logs: readonly LogEntry[];
    }
  /** Envoy would not load the module at all. */
  | { readonly kind: 'not-loadable'; readonly reason: string }
  /** The filter was still at it when its time was over. */
  | { readonly kind: 'deadline'; readonly callback: string; readonly logs: readonly LogEntry[] };

/** What {@link preflight} is given. */
export interface PreflightOptions {
  /** The module, exactly as it will be delivered. It is copied. */
  readonly bytes: Uint8Array;
  /** The source map that the compiler wrote beside the module, for traps. */
  readonly sourceMap?: string;
  readonly filter: PreflightFilter;
  /** How long compilation, start and configuration may take together, in milliseconds. */
  readonly deadlineMs: number;
  /** Measure a request too, once the filter has started: a third of a second. Default: false. */
  readonly probe?: boolean;
  readonly signal?: AbortSignal;
}

const maxLogs = 1000;

/**
 * Starts and configures filters, each once, in processes that are kept for the next one, and says whether Envoy would accept
 * them: to start a process takes longer than to try a filter. Use one at a time, or several at once; end it by disposal.
 */
export class Preflight implements AsyncDisposable {
  readonly #idle: TrialProcess[] = [];

  /** Rejects with the signal's reason when aborted. */
  async try(options: PreflightOptions): Promise<PreflightResult> {
    const { bytes, sourceMap, deadlineMs, probe = false, signal } = options;
    const filter = { ...options.filter };
    const task: PreflightTask = { bytes, sourceMap, filter, maxLogs, deadlineMs, probe };
    for (;;) {
      signal?.throwIfAborted();
      const trial = this.#take();
      const { isUsed } = trial;
      try {
        // oxlint-disable-next-line no-await-in-loop
        const end = await trial.run(task, signal);
        // What filters before it left there is not held against this one.
        if (end.outcome !== 'crashed' || !isUsed) return describe(end);
      } finally {
        if (trial.isUsable) this.#idle.push(trial);
        // oxlint-disable-next-line no-await-in-loop
        else await trial.end();
      }
    }
  }

  #take(): TrialProcess {
    const kept = this.#idle.pop();
    if (kept === undefined) return new TrialProcess();
    // One that nobody used may have gone by itself.
    return kept.isUsable ? kept : this.#take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((trial) => trial.end()));
  }
}

/** Tries one filter, as {@link Preflight} does, in a process of its own. */
export async function preflight(options: PreflightOptions): Promise<PreflightResult> {
  await using trials = new Preflight();
  return await trials.try(options);
}

function describe({ outcome, callback, logs }: TrialEnd): PreflightResult {
  if (outcome === 'deadline') return { kind: 'deadline', callback, logs };
  if (outcome === 'crashed')
    return { kind: 'trapped', callback, message: `the process that ran it ended in ${callback}`, logs };
  switch (outcome.kind) {
    case 'accepted':
      return { ...outcome, logs };
    case 'refused':
      return { ...outcome, logs };
    case 'not-loadable':
      return outcome;
    case 'trapped': {
      const frames = outcome.trap.frames.map((frame) => `\n  at ${frame}`).join('');
      return { kind: 'trapped', callback: outcome.callback, message: `${outcome.message}${frames}`, logs };
    }
    default:
      return assertNever(outcome);
  }
}
