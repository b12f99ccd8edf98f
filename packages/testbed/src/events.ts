import { assertNever } from '@wasmcast/core';

/** What the testbed reports while it works. Seconds are rounded to a tenth. */
export type TestbedEvent =
  | { readonly kind: 'waiting'; readonly what: string }
  | { readonly kind: 'installing'; readonly packages: readonly string[] }
  | { readonly kind: 'build-started'; readonly component: string; readonly version: string }
  | {
      readonly kind: 'build-finished';
      readonly component: string;
      readonly version: string;
      readonly seconds: number;
    }
  | {
      readonly kind: 'cleaned-up';
      readonly cluster: string;
      readonly processes: number;
      readonly mounts: number;
    }
  | {
      readonly kind: 'cluster-step';
      readonly cluster: string;
      readonly step: string;
      readonly seconds: number;
    };

/** Receives events as they happen; must not throw. */
export type EventSink = (event: TestbedEvent) => void;

/** One line for a person. */
export function eventLine(event: TestbedEvent): string {
  switch (event.kind) {
    case 'waiting':
      return `waiting for another process that works on ${event.what}`;
    case 'installing':
      return `installing Debian packages: ${event.packages.join(' ')}`;
    case 'build-started':
      return `building ${event.component} ${event.version}`;
    case 'build-finished':
      return `built ${event.component} ${event.version} (${event.seconds} s)`;
    case 'cleaned-up':
      return `${event.cluster}: removed what an earlier run left: ${event.processes} processes, ${event.mounts} mounts`;
    case 'cluster-step':
      return `${event.cluster}: ${event.step} (${event.seconds} s)`;
    default:
      return assertNever(event);
  }
}

/** The usual sink: progress lines on stderr. */
export const stderrSink: EventSink = (event) => {
  process.stderr.write(`testbed: ${eventLine(event)}\n`);
};

/** A stopwatch: each call gives the seconds since the start. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => Math.round((performance.now() - start) / 100) / 10;
}
