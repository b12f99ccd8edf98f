import { assertNever } from '@wasmcast/core';
import { Worker } from 'node:worker_threads';
import type { LogEntry } from '../ports/ports.ts';
import type { PreflightFilter, PreflightTask, StartOutcome, WorkerMessage } from './protocol.ts';

/** What {@link preflight} found. `logs` are the filter's own lines and the host's, at most 1000. */
export type PreflightResult =
  | { readonly kind: 'accepted'; readonly logs: readonly LogEntry[] }
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
  readonly filter: PreflightFilter;
  /** How long compilation, start and configuration may take together, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

const maxLogs = 1000;

// Node strips types from sources, but not below node_modules: what is published is JavaScript.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * Starts and configures a filter once, in a thread of its own that is stopped at the deadline, and says whether Envoy
 * would accept it. Rejects with the signal's reason when aborted.
 */
export async function preflight(options: PreflightOptions): Promise<PreflightResult> {
  options.signal?.throwIfAborted();
  const task: PreflightTask = { bytes: options.bytes, filter: { ...options.filter }, maxLogs };
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
    workerData: task,
    // A filter's standard output is its log; what V8 itself may print is not.
    stdout: true,
    stderr: true,
    env: {},
  });
  const logs: LogEntry[] = [];
  let callback = 'compilation';
  const { promise, resolve, reject } = Promise.withResolvers<StartOutcome | 'deadline'>();
  const timer = setTimeout(() => resolve('deadline'), options.deadlineMs);
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'callback') {
      // The filter's time begins when its thread does.
      if (message.name === 'compilation') timer.refresh();
      callback = message.name;
    }
    if (message.kind === 'log' && logs.length < maxLogs) logs.push(message.entry);
    if (message.kind === 'outcome') resolve(message.outcome);
  });
  worker.once('error', reject);
  worker.once('exit', (code) => reject(new Error(`the preflight's thread ended early with code ${code}`)));
  const aborted = (): void => reject(options.signal?.reason as Error);
  options.signal?.addEventListener('abort', aborted, { once: true });
  try {
    const outcome = await promise;
    if (outcome === 'deadline') return { kind: 'deadline', callback, logs };
    return describe(outcome, logs);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', aborted);
    await worker.terminate();
  }
}

function describe(outcome: StartOutcome, logs: readonly LogEntry[]): PreflightResult {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted', logs };
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
