import { assertNever } from '@wasmcast/core';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { LogEntry } from '../ports/ports.ts';
import type { PreflightFilter, PreflightTask, StartCost, StartOutcome, WorkerMessage } from './protocol.ts';

/** What {@link preflight} found. `logs` are the filter's own lines and the host's, at most 1000. */
export type PreflightResult =
  | ({ readonly kind: 'accepted'; readonly logs: readonly LogEntry[] } & StartCost)
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
  readonly signal?: AbortSignal;
}

const maxLogs = 1000;

// Node strips types from sources, but not below node_modules: what is published is JavaScript.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * Starts and configures a filter once, in a process of its own that is ended at the deadline, and says whether Envoy would
 * accept it. A process and not a thread: V8 keeps one record of compiled code for all threads, and ends the whole process
 * when threads that run WebAssembly come and go (nodejs/node#64500). Rejects with the signal's reason when aborted.
 */
export async function preflight(options: PreflightOptions): Promise<PreflightResult> {
  options.signal?.throwIfAborted();
  const { bytes, deadlineMs } = options;
  const { sourceMap } = options;
  const task: PreflightTask = { bytes, sourceMap, filter: { ...options.filter }, maxLogs, deadlineMs };
  const child = fork(new URL(`./worker.${extension}`, import.meta.url), [], {
    serialization: 'advanced',
    // A filter's standard output is its log; what V8 itself may print is not.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
    execArgv: [],
    // Ctrl-C on a terminal is for us: we end it.
    detached: true,
  });
  const exited = once(child, 'exit');
  const logs: LogEntry[] = [];
  let callback = 'compilation';
  const { promise, resolve, reject } = Promise.withResolvers<StartOutcome | 'deadline' | 'crashed'>();
  const timer = setTimeout(() => resolve('deadline'), deadlineMs);
  child.on('message', (data) => {
    const message = data as WorkerMessage;
    if (message.kind === 'callback') {
      // The filter's time begins when its process is ready for it.
      if (message.name === 'compilation') timer.refresh();
      callback = message.name;
    }
    if (message.kind === 'log' && logs.length < maxLogs) logs.push(message.entry);
    if (message.kind === 'outcome') resolve(message.outcome);
  });
  child.once('error', reject);
  // After everything that it said: nothing comes once the channel is closed.
  child.once('disconnect', () => resolve('crashed'));
  child.send(task);
  const aborted = (): void => reject(options.signal?.reason as Error);
  options.signal?.addEventListener('abort', aborted, { once: true });
  try {
    const outcome = await promise;
    if (outcome === 'deadline') return { kind: 'deadline', callback, logs };
    if (outcome === 'crashed') {
      return { kind: 'trapped', callback, message: `the process that ran it ended in ${callback}`, logs };
    }
    return describe(outcome, logs);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', aborted);
    child.kill('SIGKILL');
    await exited;
  }
}

function describe(outcome: StartOutcome, logs: readonly LogEntry[]): PreflightResult {
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
