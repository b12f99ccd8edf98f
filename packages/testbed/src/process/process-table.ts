import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks from boot to its start (proc(5), field 22). */
  readonly startTime: string;
}

/** The identity of a running process; `undefined` when it is gone or only waits to be reaped. */
export async function identify(pid: number): Promise<ProcessId | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The command in parentheses may contain anything, so fields are counted from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[19];
  return fields[0] === 'Z' || fields[0] === 'X' || startTime === undefined ? undefined : { pid, startTime };
}

/** True while that very process runs. */
export async function isRunning(id: ProcessId): Promise<boolean> {
  return (await identify(id.pid))?.startTime === id.startTime;
}

/** Every process that was started with `variable=value` in its environment. */
export async function processesWith(variable: string, value: string): Promise<readonly ProcessId[]> {
  const wanted = `${variable}=${value}`;
  const found: ProcessId[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/u.test(name) || Number(name) === process.pid) continue;
    // Kernel threads and processes of others cannot be read, and are none of ours.
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(wanted)) continue;
    const id = await identify(Number(name));
    if (id) found.push(id);
  }
  return found;
}

/** SIGTERM to all, SIGKILL to those that are left after `graceMs`; resolves when all are gone. */
export async function stopAll(ids: readonly ProcessId[], graceMs: number): Promise<void> {
  let left = await running(ids);
  if (graceMs > 0) {
    for (const id of left) send(id, 'SIGTERM');
    left = await goneWithin(left, graceMs);
  }
  for (const id of left) send(id, 'SIGKILL');
  await goneWithin(left, 5000);
}

async function goneWithin(ids: readonly ProcessId[], limitMs: number): Promise<readonly ProcessId[]> {
  const deadline = performance.now() + limitMs;
  let left = await running(ids);
  // The kernel tells only a parent of a process's end, and we are not always the parent.
  while (left.length > 0 && performance.now() < deadline) {
    await delay(20);
    left = await running(left);
  }
  return left;
}

async function running(ids: readonly ProcessId[]): Promise<readonly ProcessId[]> {
  const alive = await Promise.all(ids.map(isRunning));
  return ids.filter((_, index) => alive[index]);
}

function send(id: ProcessId, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(id.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
