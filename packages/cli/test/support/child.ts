import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Event, Session } from './session.ts';

const bin = path.resolve(import.meta.dirname, '../../bin/wasmcast.js');

/** How a command ended that ran as a process of its own. */
export interface ChildAnswer {
  readonly exit: number | null;
  readonly events: readonly Event[];
  readonly stderr: string;
}

/** Runs a command line with `-o json` in a process of its own; `onEvent` may send it a signal. */
export async function runChild(
  session: Session,
  line: string,
  onEvent: (event: Event, send: (signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => void) => void,
): Promise<ChildAnswer> {
  const child = spawn(process.execPath, [bin, ...line.split(' '), '-o', 'json'], {
    cwd: session.folder,
    env: { ...session.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const events: Event[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  for await (const text of createInterface({ input: child.stdout })) {
    const event = JSON.parse(text) as Event;
    events.push(event);
    onEvent(event, (signal) => child.kill(signal));
  }
  const [exit] = await closed;
  return { exit, events, stderr };
}
