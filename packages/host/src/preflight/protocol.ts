import type { LogEntry } from '../ports/ports.ts';
import type { StartFailure } from '../plugin/plugin.ts';

/** A filter as it will be delivered; the same fields as of `createPlugin`. */
export interface PreflightFilter {
  readonly name?: string;
  readonly rootId?: string;
  readonly vmId?: string;
  readonly vmConfiguration?: Uint8Array;
  readonly configuration?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** What the process is given. */
export interface PreflightTask {
  readonly bytes: Uint8Array;
  readonly sourceMap: string | undefined;
  readonly filter: PreflightFilter;
  readonly maxLogs: number;
  /** Milliseconds; well past it the process ends itself. */
  readonly deadlineMs: number;
}

/** How a start without a deadline ends. */
export type StartOutcome = ({ readonly kind: 'accepted' } & StartCost) | StartFailure;

/** What starting a filter cost here: a figure of this machine, not of a proxy's. */
export interface StartCost {
  /** Processor time, in milliseconds. */
  readonly compileMs: number;
  /** Linear memory of the VM once it is configured, in bytes. */
  readonly memoryBytes: number;
}

/** What the process says, in this order: what it is about to do and what the filter logs, then the outcome. */
export type WorkerMessage =
  | { readonly kind: 'callback'; readonly name: string }
  | { readonly kind: 'log'; readonly entry: LogEntry }
  | { readonly kind: 'outcome'; readonly outcome: StartOutcome };
