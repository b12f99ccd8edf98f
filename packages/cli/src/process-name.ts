import { readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
import type { ProcessNames } from '@wasmcast/engine';

/** `boot namespace pid start`: the boot of the machine, its namespace of process ids, and when the process began there. */
const pattern = /^([0-9a-f-]{36}) (pid:\[\d{1,20}\]) (\d{1,10}) (\d{1,20})$/;

/**
 * Names this process so that another one can tell whether it is still there. Only Linux tells what that takes; elsewhere
 * undefined, and nobody is ever called dead.
 */
export function processNames(): ProcessNames | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = readlinkSync('/proc/self/ns/pid');
    const name = `${boot} ${namespace} ${process.pid} ${startOf(process.pid)}`;
    return { name, isDead: (other) => isDead(other, boot, namespace) };
  } catch {
    return undefined;
  }
}

/** True only if the other process was on this boot of this machine, among the ids that are seen from here, and is gone. */
function isDead(other: string, boot: string, namespace: string): boolean {
  const [, itsBoot, itsNamespace, pid, start] = pattern.exec(other) ?? [];
  if (itsBoot !== boot || itsNamespace !== namespace) return false;
  try {
    return startOf(Number(pid)) !== start;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Field 22 of proc_pid_stat(5), in ticks since the boot. The name of the command before it may contain anything. */
function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const start = fields[22 - 3];
  if (start === undefined) throw new TypeError(`/proc/${pid}/stat is cut short`);
  return start;
}
