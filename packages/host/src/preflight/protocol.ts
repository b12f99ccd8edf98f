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
  /** Measure a request too, once the filter has started. */
  readonly probe: boolean;
}

/** How a start without a deadline ends. */
export type StartOutcome =
  | ({ readonly kind: 'accepted'; readonly probe?: ProbeOutcome } & StartCost)
  | StartFailure;

/** What starting a filter cost here: a figure of this machine, not of a proxy's. */
export interface StartCost {
  /** Processor time, in milliseconds. */
  readonly compileMs: number;
  /** Linear memory of the VM once it is configured, in bytes. */
  readonly memoryBytes: number;
}

/** How a small GET went, to which a small service would answer. */
export type ProbeOutcome =
  /** It passed the filter, or was answered by it; microseconds of processor time for each, of the filter and the host alone. */
  | { readonly kind: 'passed' | 'answered'; readonly requestUs: number }
  /** The filter stopped it and waits for something that does not happen here, such as the answer to a callout. */
  | { readonly kind: 'waits' | 'broken-off' }
  /** `message` is `<callback> trapped: <reason>`. */
  | { readonly kind: 'trapped'; readonly message: string };

/** What the process says, in this order: what it is about to do and what the filter logs, then the outcome. */
export type WorkerMessage =
  | { readonly kind: 'callback'; readonly name: string }
  | { readonly kind: 'log'; readonly entry: LogEntry }
  | { readonly kind: 'outcome'; readonly outcome: StartOutcome };
